package monitor

import (
	"context"
	"encoding/json"
	"sync"
	"time"
)

const (
	// tick is how often the alarms are evaluated and listeners are told.
	tick = time.Second
	// firstResend and lastResend bound the pause before a message is sent again, which doubles.
	firstResend = time.Second
	lastResend  = time.Minute
)

// live are those who listen to readings.
type live struct {
	mu        sync.Mutex
	listeners map[chan json.RawMessage]struct{}
	// came is sent to when the first listener comes.
	came chan struct{}
	// posted is sent to when there is a message for the webhook.
	posted chan struct{}
}

func (l *live) init() {
	l.listeners = map[chan json.RawMessage]struct{}{}
	l.came, l.posted = make(chan struct{}, 1), make(chan struct{}, 1)
}

func (l *live) watched() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.listeners) > 0
}

// Listen returns a channel that gets a Reading as JSON about once a second while Run runs, until
// stop is called. All listeners share one computation and its bytes, which must not be changed; one
// that does not keep up misses readings.
func (m *Monitor) Listen() (readings <-chan json.RawMessage, stop func()) {
	channel := make(chan json.RawMessage, 1)
	m.live.mu.Lock()
	defer m.live.mu.Unlock()
	m.live.listeners[channel] = struct{}{}
	signal(m.live.came)
	return channel, func() {
		m.live.mu.Lock()
		defer m.live.mu.Unlock()
		delete(m.live.listeners, channel)
	}
}

// signal sends unless something is waiting already.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// tell gives every listener the reading, in place of one it has not taken yet.
func (l *live) tell(reading json.RawMessage) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for channel := range l.listeners {
		select {
		case <-channel:
		default:
		}
		channel <- reading
	}
}

// Run evaluates the alarms each second, tells listeners and the webhook, and keeps the count fresh
// for them, until ctx ends.
func (m *Monitor) Run(ctx context.Context) error {
	var running sync.WaitGroup
	defer running.Wait()
	running.Go(func() { m.keepCounting(ctx) })
	if m.deps.Webhook != nil {
		running.Go(func() { m.send(ctx) })
	}
	clock := time.NewTicker(tick)
	defer clock.Stop()
	m.began()
	for {
		m.observe()
		m.evaluate()
		m.remember()
		if m.live.watched() {
			// What cannot be encoded would be a fault of ours: every field is a text or a number.
			if text, err := json.Marshal(m.reading(m.lastCount())); err == nil {
				m.live.tell(text)
			}
		}
		select {
		case <-ctx.Done():
			m.remember()
			return nil
		case <-clock.C:
		case <-m.live.came:
		}
	}
}

// keepCounting counts the warehouse as often as it is of use.
func (m *Monitor) keepCounting(ctx context.Context) {
	clock := time.NewTicker(tick / 2)
	defer clock.Stop()
	for ctx.Err() == nil {
		least := idleCountPause
		if m.live.watched() {
			least = countPause
		}
		_ = m.countSince(ctx, least)
		select {
		case <-ctx.Done():
		case <-clock.C:
		}
	}
}

// remember keeps the alarms in their file if they changed.
func (m *Monitor) remember() {
	m.saving.Lock()
	defer m.saving.Unlock()
	m.mu.Lock()
	changed, known := m.mu.alarms.changed, m.mu.alarms.memory()
	m.mu.alarms.changed = false
	waiting := len(m.mu.alarms.outbox) > 0
	m.mu.Unlock()
	if changed && m.cfg.AlarmFile != "" {
		if err := known.save(m.cfg.AlarmFile); err != nil {
			m.cfg.Logger.Warn("the alarms could not be kept; after a restart they may be sent again", "error", err)
		}
	}
	if waiting {
		signal(m.live.posted)
	}
}

// send delivers messages in order, each until it arrives.
func (m *Monitor) send(ctx context.Context) {
	pause := time.Duration(0)
	for {
		if pause == 0 {
			select {
			case <-ctx.Done():
				return
			case <-m.live.posted:
			}
		} else {
			select {
			case <-ctx.Done():
				return
			case <-time.After(pause):
			}
		}
		pause = m.sendAll(ctx, pause)
	}
}

// sendAll sends what waits and returns how long to pause before the next attempt; 0 when nothing
// waits any longer.
func (m *Monitor) sendAll(ctx context.Context, pause time.Duration) time.Duration {
	for {
		m.mu.Lock()
		var next *Message
		if len(m.mu.alarms.outbox) > 0 {
			next = new(m.mu.alarms.outbox[0])
		}
		m.mu.Unlock()
		if next == nil {
			return 0
		}
		if err := m.deps.Webhook.Send(ctx, *next); err != nil {
			if pause == 0 && ctx.Err() == nil {
				m.cfg.Logger.Warn("an alarm could not be sent to the webhook and is sent again", "alarm", next.Alarm, "error", err)
			}
			return min(max(2*pause, firstResend), lastResend)
		}
		pause = 0
		m.mu.Lock()
		m.mu.alarms.sent(next.ID)
		m.mu.Unlock()
		m.remember()
	}
}
