import { layoutPicture } from '../lib/layoutPictures.ts'

/** Between places, in 36ths of the picture's width; the many small ones of a large grid get less. */
const gapOf = (places: number) => (places > 40 ? 0.6 : places > 16 ? 1 : 1.8)

/** A small drawing of a layout, beside its name. */
export function LayoutPicture({ name }: { name: string }) {
  const places = layoutPicture(name)
  const gap = gapOf(places.length)
  return (
    <svg className="layout-picture" viewBox="0 0 64 36" aria-hidden="true" focusable="false">
      {places.map(([x, y, width, height], index) => (
        <rect
          key={index}
          // A lighter one above another: an inset.
          className={index > 0 && name === 'screen-share' ? 'inset' : undefined}
          x={(x * 64) / 36 + gap / 2}
          y={y + gap / 2}
          width={(width * 64) / 36 - gap}
          height={height - gap}
          rx={Math.min(2, height / 6)}
        />
      ))}
    </svg>
  )
}
