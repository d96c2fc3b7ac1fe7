export default function TailPage() {
  return <h1>Tail</h1>
}
