/** Version of this package; sent to the server as part of the agent. A test compares it with package.json. */
export const version = '0.1.0'
