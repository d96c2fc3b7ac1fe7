package monitor

import (
	"math"
	"time"
)

const (
	// rateSpan is over how long a rate is taken: shorter would show each second's file as a jump.
	rateSpan = 5 * time.Second
	// historyStep and historyLength make ten minutes.
	historyStep   = 5 * time.Second
	historyLength = 120
)

// steps of the path, in order.
func steps() []string {
	return []string{StepSource, StepStream, StepDelivery, StepLake, StepWarehouse}
}

// total is how many events had passed each step at a moment.
type total struct {
	at     time.Time
	events map[string]int64
}

func (t total) rate(step string, since total) float64 {
	took := t.at.Sub(since.at).Seconds()
	if took <= 0 {
		return 0
	}
	perSecond := float64(max(t.events[step]-since.events[step], 0)) / took
	return math.Round(100*perSecond) / 100
}

// rates makes events a second out of totals. Not safe for concurrent use.
type rates struct {
	// recent are the totals of the last rateSpan, oldest first.
	recent []total
	// bucket is where the present step of the history began; done are the finished ones.
	bucket  total
	history map[string][]float64
	at      time.Time
}

func newRates() rates { return rates{history: map[string][]float64{}} }

// add takes the totals at now.
func (r *rates) add(now time.Time, events map[string]int64) {
	present := total{now, events}
	r.recent = append(r.recent, present)
	for len(r.recent) > 2 && now.Sub(r.recent[1].at) >= rateSpan {
		r.recent = r.recent[1:]
	}
	if r.bucket.at.IsZero() {
		r.bucket, r.at = present, now
		return
	}
	if now.Sub(r.bucket.at) < historyStep {
		return
	}
	// A machine that slept leaves a gap, which is as many steps of its mean.
	n := min(int(now.Sub(r.bucket.at)/historyStep), historyLength)
	for _, step := range steps() {
		rate := present.rate(step, r.bucket)
		for range n {
			r.history[step] = append(r.history[step], rate)
		}
		r.history[step] = r.history[step][max(len(r.history[step])-historyLength, 0):]
	}
	r.bucket, r.at = present, now
}

// of is the present rate of a step.
func (r *rates) of(step string) float64 {
	if len(r.recent) == 0 {
		return 0
	}
	return r.recent[len(r.recent)-1].rate(step, r.recent[0])
}

// past is a copy of the history.
func (r *rates) past() History {
	h := History{Seconds: int(historyStep / time.Second), At: r.at.UTC(), Steps: map[string][]float64{}}
	for _, step := range steps() {
		h.Steps[step] = append([]float64{}, r.history[step]...)
	}
	return h
}
