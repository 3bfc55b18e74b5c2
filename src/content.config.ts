import { docsLoader } from '@astrojs/starlight/loaders';
import { docsSchema } from '@astrojs/starlight/schema';
import { defineCollection } from 'astro:content';
import { z } from 'astro/zod';

export const collections = {
  docs: defineCollection({
    loader: docsLoader(),
    schema: docsSchema({
      extend: z.object({
        /** Where the facts of the page come from. */
        sources: z.array(z.object({ title: z.string(), url: z.url() })).optional(),
        /** Day the text was last checked. */
        updated: z.coerce.date().optional(),
      }),
    }),
  }),
};
