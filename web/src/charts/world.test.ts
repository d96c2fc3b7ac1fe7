// @vitest-environment happy-dom
import { getMap } from 'echarts/core'
import { expect, it } from 'vitest'
import { mapNames } from './world'

type Ring = [number, number][]
const { features } = getMap('world')!.geoJSON as unknown as { features: { properties: { name: string }; geometry: { type: string; coordinates: Ring[] | Ring[][] } }[] }

it('draws every coast in one piece, without lines across the world', () => {
  expect(features.map((f) => f.properties.name)).toEqual(expect.arrayContaining(['Russia', 'Fiji']))
  for (const { properties, geometry } of features) {
    for (const polygon of (geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates) as Ring[][]) for (const ring of polygon) {
      const leap = Math.max(...ring.slice(1).map((point, i) => Math.abs(point[0] - ring[i]![0])))
      expect(leap, properties.name).toBeLessThan(90)
    }
  }
})

it('leaves Antarctica out', () => {
  expect(mapNames).not.toContain('Antarctica')
  expect(features.every((f) => f.properties.name !== 'Antarctica')).toBe(true)
})
