export default function QuarantinePage() {
  return <h1>Quarantine</h1>
}
