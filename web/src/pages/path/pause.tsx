import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { ApiError, post } from '../../api/client'
import type { Step, StepName } from '../../api/types'
import { Sentence } from '../../parts/sentence'

/** pausable are the steps a person may pause, by the names that POST /api/v1/steps/{step} knows them by. */
export const pausable: Partial<Record<StepName, string>> = { delivery: 'delivery', warehouse: 'loading' }

/** Pause pauses a step, or lets it go on. Nothing is lost meanwhile: the step before it keeps the events. */
export function Pause({ step }: { step: Step }) {
  const asked = useSignal(false)
  const failure = useSignal('')
  useEffect(() => void (asked.value = false), [step.paused])
  const name = pausable[step.name]
  if (!name) return null
  async function turn() {
    asked.value = true
    failure.value = ''
    try {
      await post(`/api/v1/steps/${name}`, { paused: !step.paused })
    } catch (error) {
      asked.value = false
      failure.value = error instanceof ApiError ? `${error.message} ${error.hint}` : String(error)
    }
  }
  return <>
    <button class={`button small path-pause ${step.paused ? 'primary' : ''}`} disabled={asked.value} onClick={() => void turn()}>
      {step.paused ? `Resume ${name}` : `Pause ${name}`}
    </button>
    {failure.value && <p class="path-problem fail" role="alert"><Sentence text={failure.value} /></p>}
  </>
}
