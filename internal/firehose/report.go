package firehose

import "github.com/penstock/penstock/internal/event"

// Report counts what became of the records of one event.
type Report struct {
	// DeliveryStream is the delivery stream's name.
	DeliveryStream string
	// Records were answered: Rows + Quarantined + Dropped + Failed.
	Records, Rows, Quarantined, Dropped, Failed int
	// Reasons count the quarantined ones.
	Reasons map[event.Reason]int
}

func (t *Transformer) report() Report {
	r := Report{DeliveryStream: t.event.StreamName(), Records: len(t.answers)}
	for _, a := range t.answers {
		switch a.verdict {
		case rowed:
			r.Rows++
		case dropped:
			r.Dropped++
		case failed:
			r.Failed++
		case quarantined:
			r.Quarantined++
			if r.Reasons == nil {
				r.Reasons = map[event.Reason]int{}
			}
			r.Reasons[a.reason]++
		}
	}
	return r
}
