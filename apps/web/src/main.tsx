import { createRoot } from 'react-dom/client'
import { App } from './App.tsx'
import './styles/base.css'
import './styles/controls.css'
import './styles/lobby.css'
import './styles/room.css'

const container = document.getElementById('root')
// Not in StrictMode: mounting twice would join, leave and join again during development.
if (container) createRoot(container).render(<App />)
