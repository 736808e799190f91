/** In place of a player's process: lives, and says nothing. */

process.on('disconnect', () => process.exit())
