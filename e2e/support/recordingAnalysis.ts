export * from '@roomful/media/outputs/testing/recordingAnalysis'

/**
 * Seconds a scenario of this nominal length shall take: `ROOMFUL_RECORDING_SECONDS` for the long run, else what the
 * test suite has time for.
 */
export function scenarioSeconds(defaultSeconds: number): number {
  const given = Number(process.env['ROOMFUL_RECORDING_SECONDS'])
  return given > 0 ? given : defaultSeconds
}
