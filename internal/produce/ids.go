package produce

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"syscall"
)

// IDs is a range of order ids that belongs to one run.
type IDs struct {
	// First is the first id of the range.
	First int64

	path string
	end  int64 // one after the last
}

// idState is the content of the state file.
type idState struct {
	// Next is the lowest id that no run has reserved.
	Next int64 `json:"next_id"`
}

// ReserveIDs takes the next n ids of the state file at path, which counts from 1, and makes the
// file and its folder if they are missing. Runs at the same time get different ids, and so do
// runs after a crash: the range is on disk before this returns.
func ReserveIDs(path string, n int64) (*IDs, error) {
	ids := &IDs{path: path}
	err := ids.update(func(state *idState) error {
		if n < 0 || state.Next > math.MaxInt64-n {
			return fmt.Errorf("there are no %d ids after %d", n, state.Next-1)
		}
		ids.First, ids.end = state.Next, state.Next+n
		state.Next = ids.end
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reserving order ids in %s: %w", path, err)
	}
	return ids, nil
}

// Return gives back what is left of the range after used ids, unless a later run has reserved
// ids since: the next run then goes on where this one stopped.
func (ids *IDs) Return(used int64) error {
	if ids.First+used >= ids.end {
		return nil
	}
	err := ids.update(func(state *idState) error {
		if state.Next == ids.end {
			state.Next = ids.First + used
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("returning unused order ids to %s: %w", ids.path, err)
	}
	return nil
}

// update changes the state file while no other process does.
func (ids *IDs) update(change func(*idState) error) error {
	if err := os.MkdirAll(filepath.Dir(ids.path), 0o700); err != nil {
		return err
	}
	lock, err := os.OpenFile(ids.path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer lock.Close() //nolint:errcheck // closing gives the lock up
	if err := wholeLock(lock); err != nil {
		return err
	}
	state := idState{Next: 1}
	content, err := os.ReadFile(ids.path)
	switch {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		return err
	default:
		if err := json.Unmarshal(content, &state); err != nil || state.Next < 1 {
			return fmt.Errorf("it does not hold a next_id; delete it to start with 1 again")
		}
	}
	if err := change(&state); err != nil {
		return err
	}
	return writeState(ids.path, state)
}

// wholeLock waits for an exclusive lock.
func wholeLock(file *os.File) error {
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX)
		if !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

// writeState replaces the state file: after a crash it is the old one or the new one.
func writeState(path string, state idState) error {
	content, err := json.Marshal(state)
	if err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	_, err = file.Write(append(content, '\n'))
	err = errors.Join(err, file.Sync())
	err = errors.Join(err, file.Close())
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
