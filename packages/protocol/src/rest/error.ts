import { z } from 'zod'
import { component } from './answers.ts'

/** Body of every error but 422. */
export const errorSchema = component(
  'Error',
  z.object({
    error: z.string().meta({ description: 'The words of the status code.', examples: ['Not Found'] }),
  }),
)

export const validationErrorSchema = component(
  'ValidationErrors',
  z.object({
    errors: z
      .array(
        z.object({
          type: z.literal('validation_error'),
          code: z.literal('invalid_parameter'),
          message: z.string().meta({ examples: ['Name must be present'] }),
          attribute: z
            .string()
            .nullable()
            .describe('The field or query parameter that is wrong; null if it is the whole body.'),
          url: z.string().meta({ format: 'uri' }),
        }),
      )
      .min(1)
      .describe('One entry per failed field.'),
  }),
)
export type ValidationErrors = z.infer<typeof validationErrorSchema>
export type ValidationErrorEntry = ValidationErrors['errors'][number]
