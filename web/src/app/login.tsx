import { useState } from 'preact/hooks'
import { ApiError, post } from '../api/client'
import type { Me } from '../api/types'
import { focusFirst } from '../parts/focus'
import { ErrorNotice } from '../parts/notice'
import { session } from './session'

/** Login asks who looks. The server answers with a cookie that scripts cannot read. */
export function Login() {
  const [byToken, setByToken] = useState(false)
  const [error, setError] = useState<ApiError | null>(null)
  const [busy, setBusy] = useState(false)

  async function submit(event: SubmitEvent) {
    event.preventDefault()
    const fields = new FormData(event.currentTarget as HTMLFormElement)
    const text = (name: string) => String(fields.get(name) ?? '')
    setBusy(true)
    setError(null)
    try {
      session.value = await post<Me>('/api/v1/login', byToken ? { token: text('token').trim() } : { user: text('user'), password: text('password') })
    } catch (failed) {
      setError(failed as ApiError)
    }
    setBusy(false)
  }

  return <main class="alone card login">
    <p class="login-name"><img src="/icon.svg" alt="" width="32" height="32" /> {session.value?.pipeline || 'Penstock'}</p>
    <h1>Log in</h1>
    <form onSubmit={(event) => void submit(event)}>
      {byToken
        ? <label key="token">Token <input class="field mono" name="token" type="password" autocomplete="off" required ref={focusFirst} /></label>
        : <>
          <label key="user">User <input class="field" name="user" autocomplete="username" autocapitalize="none" required ref={focusFirst} /></label>
          <label key="password">Password <input class="field" name="password" type="password" autocomplete="current-password" required /></label>
        </>}
      {error && <ErrorNotice error={error} />}
      <button class="button primary" disabled={busy}>{busy ? 'Logging in' : 'Log in'}</button>
      <button type="button" class="button quiet" onClick={() => {
        setByToken(!byToken)
        setError(null)
      }}>{byToken ? 'With user and password' : 'With a token'}</button>
    </form>
  </main>
}
