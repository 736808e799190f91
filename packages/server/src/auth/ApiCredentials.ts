/** Who may use the REST API, and sign in as an application's server. */
export interface ApiCredentials {
  /** Whether an API token is one of this project's, and not revoked. */
  check(projectId: string, apiToken: string): Promise<boolean>
}
