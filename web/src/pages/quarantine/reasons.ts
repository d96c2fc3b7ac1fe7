/** Reason is what a code of docs/contracts.md means, in words for who has to mend it. */
export interface Reason {
  /** what is wrong with the event */
  title: string
  /** what that means, and what mends it */
  text: string
}

const reasons: Record<string, Reason> = {
  not_json: { title: 'Not JSON', text: 'The bytes are not one JSON document in UTF-8. Mend the producer: one event is one JSON object, without a second one behind it.' },
  too_deep: { title: 'Nested too deeply', text: 'Arrays and objects nest more than 256 levels deep. No column can read that far; mend the producer.' },
  too_large: { title: 'Too large', text: 'The event is larger than 10 MiB, or a value in it larger than 16 MiB. Keep large contents elsewhere and send where they are.' },
  no_contract: { title: 'No contract matches', text: 'No contract\'s match is true for these events. Either a contract is missing, or a match asks for something they do not have.' },
  missing_field: { title: 'A required value is missing', text: 'A required column found no value: the field is missing or null. Send it, give the column a default, or do not require it.' },
  wrong_type: { title: 'A value of the wrong type', text: 'The value can never be of the column\'s type, such as a word where a number belongs. Mend the producer, or change the column\'s type.' },
  not_exact: { title: 'A number that would have to be rounded', text: 'The number has more digits after the point than the type holds, or is no multiple of what is asked. Widen the type, or allow rounding.' },
  out_of_range: { title: 'A value out of range', text: 'The value is below the minimum, above the maximum, or beyond what the type holds. Mend the producer, or move the bound.' },
  length: { title: 'A text too short or too long', text: 'The text has fewer characters than minLength or more than maxLength. Mend the producer, or move the limit.' },
  pattern: { title: 'A text that does not match', text: 'The text does not match the column\'s pattern. Mend the producer, or the pattern.' },
  not_in_enum: { title: 'A value that is not on the list', text: 'The value is not one of those the column allows. If it is new and right, add it to enum.' },
  format: { title: 'A text of the wrong format', text: 'The text is not of the format that is asked for, or is no UUID, date or time. If it is a date in another form, add a layout.' },
  unknown_field: { title: 'A field nobody knows', text: 'The event has a field that no column takes, and the contract refuses such events. Add a column, or set on_unknown_field: ignore.' },
  expression_failed: { title: 'A computed value failed', text: 'The value expression of a column failed on these events, often because a field it uses is missing. Allow for that with has(...).' },
  invalid_text: { title: 'A text no warehouse holds', text: 'The text has a NUL character or half of a UTF-16 pair. JSON allows them, warehouses do not. Mend the producer.' },
  internal_error: { title: 'Penstock failed', text: 'The fault is in Penstock, not in these events; they are kept whole. Please report it with a sample, and redrive after an update.' },
  crashed: { title: 'The process died on it, twice', text: 'Penstock died twice while it worked on these events, so it passes them by. They are sent again only when this group is chosen.' },
  refused_by_warehouse: { title: 'The warehouse refused the row', text: 'The event became a row that the warehouse did not take. The detail has the warehouse\'s own words.' },
  transformer_failed: { title: 'The transformer function failed', text: 'The function of --as-aws gave no row for these events. The pipeline\'s error output says why; mend it, and redrive.' },
}

/** reasonOf explains a reason; one that this page does not know yet is its own title. */
export const reasonOf = (code: string): Reason => reasons[code] ?? { title: code, text: '' }

/** knownReasons are the codes that are explained, for the test that holds them against the documentation. */
export const knownReasons = Object.keys(reasons)
