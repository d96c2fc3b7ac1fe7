package monitor

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// memory is what alarms remember over a restart.
type memory struct {
	Version int       `json:"version"`
	Firing  []Alarm   `json:"firing,omitempty"`
	Recent  []Notice  `json:"recent,omitempty"`
	Outbox  []Message `json:"outbox,omitempty"`
}

// memoryVersion is the layout of the file; another one is an error, not a guess.
const memoryVersion = 1

// maxMemory bounds the file that is read: the bounded lists fit many times.
const maxMemory = 4 << 20

// newAlarms makes the alarms of the limits, firing as they did when the file was written. A file that
// cannot be read keeps no pipeline from starting: the alarms start anew, and may be sent again.
func newAlarms(cfg Config, sending bool) *alarms {
	a := &alarms{pipeline: cfg.Pipeline, stream: cfg.Stream, sending: sending}
	l := cfg.Alarms
	a.add(AlarmFreshness, StepWarehouse, "seconds", l.Freshness.Seconds())
	a.add(AlarmLag, StepWarehouse, "events", float64(l.Lag))
	a.add(AlarmQuarantine, StepDelivery, "share", l.Quarantine)
	if l.Ledger {
		a.add(AlarmLedger, StepWarehouse, "counts", ledgerCounts)
	}
	a.add(AlarmDisk, StepStream, "bytes", float64(l.Disk))
	a.add(AlarmClock, StepSource, "seconds", l.Clock.Seconds())
	for _, step := range steps()[1:] {
		a.add(step, step, "seconds", l.Failing.Seconds())
	}
	if cfg.AlarmFile == "" {
		return a
	}
	known, err := readMemory(cfg.AlarmFile)
	if err != nil {
		cfg.Logger.Warn("the alarms that were firing cannot be read; they start anew, and may be sent again", "error", err)
	}
	a.restore(known)
	return a
}

func (a *alarms) restore(known memory) {
	a.recent = known.Recent
	if a.sending {
		a.outbox = known.Outbox
	}
	for _, was := range known.Firing {
		for _, w := range a.all {
			if w.Name == was.Name {
				w.State, w.Since, w.Message, w.Step = AlarmFiring, was.Since, was.Message, was.Step
			}
		}
	}
}

func readMemory(path string) (memory, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return memory{}, nil
	}
	if err != nil {
		return memory{}, err
	}
	defer file.Close() //nolint:errcheck // it was only read
	var known memory
	err = json.NewDecoder(io.LimitReader(file, maxMemory)).Decode(&known)
	if err == nil && known.Version != memoryVersion {
		err = fmt.Errorf("its layout is %d, and this program reads %d", known.Version, memoryVersion)
	}
	if err != nil {
		return memory{}, fmt.Errorf("reading %s: %w", path, err)
	}
	return known, nil
}

// save makes the file say what the alarms are now, at once or not at all.
func (k memory) save(path string) error {
	text, err := json.Marshal(k)
	if err != nil {
		return fmt.Errorf("encoding the alarms: %w", err)
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".alarms-*")
	if err != nil {
		return fmt.Errorf("keeping the alarms: %w", err)
	}
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("keeping the alarms: %w", errors.Join(err, os.Remove(file.Name())))
	}
	return nil
}

// memory is what to remember.
func (a *alarms) memory() memory {
	k := memory{Version: memoryVersion, Recent: slices.Clone(a.recent), Outbox: slices.Clone(a.outbox)}
	for _, w := range a.all {
		if w.State == AlarmFiring {
			k.Firing = append(k.Firing, w.Alarm)
		}
	}
	return k
}
