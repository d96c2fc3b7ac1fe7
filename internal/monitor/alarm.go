package monitor

import (
	"fmt"
	"slices"
	"time"
)

// AlarmState says whether an alarm is firing.
type AlarmState string

// The states of an alarm.
const (
	AlarmOK     AlarmState = "ok"
	AlarmFiring AlarmState = "firing"
)

// Alarm is a condition that is watched, and whether it holds.
type Alarm struct {
	Name  string     `json:"name"`
	State AlarmState `json:"state"`
	// Since is when the alarm started to fire; zero if it does not.
	Since time.Time `json:"since,omitzero"`
	// Message says what is wrong, empty if nothing is.
	Message string `json:"message"`
	// Value is the figure that is watched and Limit its limit, both in Unit: seconds, events, share
	// (0 to 1), counts or bytes.
	Value float64 `json:"value"`
	Limit float64 `json:"limit"`
	Unit  string  `json:"unit"`
	// Step of the path that the alarm is about.
	Step string `json:"step"`
}

// Notice is the start or end of an alarm.
type Notice struct {
	At      time.Time  `json:"at"`
	Name    string     `json:"name"`
	State   AlarmState `json:"state"`
	Message string     `json:"message"`
}

// Message is a Notice on its way to a webhook.
type Message struct {
	// ID is the same for the same start or end, however often it is sent.
	ID       string     `json:"id"`
	Pipeline string     `json:"pipeline"`
	Stream   string     `json:"stream"`
	Alarm    string     `json:"alarm"`
	State    AlarmState `json:"state"`
	// Since is when the alarm started, At when it started or ended.
	Since   time.Time `json:"since"`
	At      time.Time `json:"at"`
	Message string    `json:"message"`
	Value   float64   `json:"value"`
	Limit   float64   `json:"limit"`
	Unit    string    `json:"unit"`
}

const (
	// maxRecent is how many starts and ends are shown.
	maxRecent = 50
	// maxOutbox bounds what waits for a webhook that does not answer; the oldest are given up.
	maxOutbox = 100
	// maxMessage bounds a message's text.
	maxMessage = 500
)

// finding is what the evaluation of one condition found.
type finding struct {
	// unknown: nothing can be said at present, and the alarm stays as it is.
	unknown bool
	bad     bool
	value   float64
	message string
	// step that the alarm is about; empty for its usual one.
	step string
	// sure: the condition need not hold for a time.
	sure bool
}

// watched is an alarm with what it takes to start and end it.
type watched struct {
	Alarm
	// turned is since when the condition has been other than the alarm's state; zero if it is not.
	turned time.Time
}

// alarms are all of them, and what is to be told. Not safe for concurrent use.
type alarms struct {
	pipeline, stream string
	all              []*watched
	recent           []Notice
	// outbox waits to be sent, oldest first; nil stays empty without a webhook.
	outbox  []Message
	sending bool
	// changed: the file does not have what is here.
	changed bool
}

func (a *alarms) add(name, step, unit string, limit float64) {
	if limit > 0 {
		a.all = append(a.all, &watched{Alarm: Alarm{Name: name, State: AlarmOK, Limit: limit, Unit: unit, Step: step}})
	}
}

// list copies the alarms and the last notices, newest first.
func (a *alarms) list() ([]Alarm, []Notice) {
	copied := make([]Alarm, len(a.all))
	for i, w := range a.all {
		copied[i] = w.Alarm
	}
	recent := slices.Clone(a.recent)
	slices.Reverse(recent)
	return copied, append([]Notice{}, recent...)
}

// about are the firing alarms of a step.
func (a *alarms) about(step string) []Alarm {
	var found []Alarm
	for _, w := range a.all {
		if w.State == AlarmFiring && w.Step == step {
			found = append(found, w.Alarm)
		}
	}
	return found
}

// update takes what was found of one alarm and reports whether it started or ended.
func (a *alarms) update(name string, f finding, now time.Time) (Notice, bool) {
	i := slices.IndexFunc(a.all, func(w *watched) bool { return w.Name == name })
	if i < 0 || f.unknown {
		return Notice{}, false
	}
	w := a.all[i]
	w.Value = f.value
	if f.bad && f.step != "" {
		w.Step = f.step
	}
	firing := w.State == AlarmFiring
	if firing && f.bad {
		w.Message = short(f.message)
	}
	if f.bad == firing {
		w.turned = time.Time{}
		return Notice{}, false
	}
	if w.turned.IsZero() {
		w.turned = now
	}
	hold := holdOn
	if firing {
		hold = holdOff
	}
	if !(f.bad && f.sure) && now.Sub(w.turned) < hold {
		return Notice{}, false
	}
	w.turned = time.Time{}
	return a.turn(w, f, now), true
}

// turn starts or ends an alarm.
func (a *alarms) turn(w *watched, f finding, now time.Time) Notice {
	n := Notice{At: now.UTC().Truncate(time.Millisecond), Name: w.Name, State: AlarmFiring, Message: short(f.message)}
	since := n.At
	if w.State == AlarmFiring {
		n.State, since = AlarmOK, w.Since
		n.Message = short(fmt.Sprintf("over after %s; it was: %s", span(now.Sub(w.Since), time.Second), w.Message))
		w.State, w.Since, w.Message = AlarmOK, time.Time{}, ""
	} else {
		w.State, w.Since, w.Message = AlarmFiring, n.At, n.Message
	}
	a.recent = append(a.recent, n)
	a.recent = a.recent[max(len(a.recent)-maxRecent, 0):]
	if a.sending {
		a.outbox = append(a.outbox, Message{
			ID: fmt.Sprintf("%s-%s-%s-%d", a.pipeline, n.Name, n.State, since.UnixMilli()), Pipeline: a.pipeline, Stream: a.stream,
			Alarm: n.Name, State: n.State, Since: since, At: n.At, Message: n.Message, Value: f.value, Limit: w.Limit, Unit: w.Unit,
		})
		a.outbox = a.outbox[max(len(a.outbox)-maxOutbox, 0):]
	}
	a.changed = true
	return n
}

// sent forgets a message that has arrived.
func (a *alarms) sent(id string) {
	a.outbox = slices.DeleteFunc(a.outbox, func(m Message) bool { return m.ID == id })
	a.changed = true
}

func short(text string) string {
	if len(text) <= maxMessage {
		return text
	}
	cut := []rune(text[:maxMessage])
	return string(cut[:len(cut)-4]) + "..."
}
