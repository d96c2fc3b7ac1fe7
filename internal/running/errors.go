package running

import (
	"errors"
	"fmt"
	"strings"

	"github.com/penstock/penstock/internal/event"
)

// Sentinels of Find and Lock; test with errors.Is.
var (
	// ErrNone: no pipeline is running, on this machine or on the data folder asked for.
	ErrNone = errors.New("no pipeline is running")
	// ErrStarting: a pipeline holds the data folder and does not take events yet.
	ErrStarting = errors.New("the pipeline is starting")
	// ErrSeveral: more than one pipeline is running, and which is meant was not said.
	ErrSeveral = errors.New("several pipelines are running")
	// ErrLocked: another process uses the data folder.
	ErrLocked = errors.New("the data folder is in use")
	// ErrFolder: the data folder cannot be used: it is read-only, or no folder.
	ErrFolder = errors.New("the data folder cannot be used")
)

// marked is an error told to people that errors.Is also knows by a sentinel.
type marked struct {
	told *event.Error
	mark error
}

func (m *marked) Error() string   { return m.told.Error() }
func (m *marked) Unwrap() []error { return []error{m.told, m.mark} }

func errNone(dataDir string) error {
	told := &event.Error{
		Code:    "not_running",
		Message: "no pipeline is running on this machine",
		Hint:    "start one with `penstock up -c examples/orders`",
	}
	if dataDir != "" {
		told.Message = fmt.Sprintf("no pipeline is running on the data folder %s", dataDir)
		told.Hint = fmt.Sprintf("start one with `penstock up -c PIPELINE --data %s`", dataDir)
	}
	return &marked{told, ErrNone}
}

func errStarting(dataDir string) error {
	return &marked{&event.Error{
		Code:    "starting",
		Message: fmt.Sprintf("the pipeline on the data folder %s is still starting, or stopping", dataDir),
		Hint:    "try again in a moment",
	}, ErrStarting}
}

func errSeveral(infos []Info) error {
	var list strings.Builder
	for _, info := range infos {
		fmt.Fprintf(&list, "\n    %s  (%s, process %d)", info.DataDir, info.PipelineDir, info.PID)
	}
	return &marked{&event.Error{
		Code:    "several_running",
		Message: fmt.Sprintf("%d pipelines are running on this machine", len(infos)),
		Hint:    "choose one with --data:" + list.String(),
	}, ErrSeveral}
}

func errLocked(dataDir, pid string) error {
	by := "another process"
	if pid != "" {
		by = "process " + pid
	}
	return &marked{&event.Error{
		Code:    "data_in_use",
		Message: fmt.Sprintf("the data folder %s is in use by %s", dataDir, by),
		Hint:    "stop that one, or choose another folder with --data",
	}, ErrLocked}
}

func errFolder(dataDir string, err error) error {
	return &marked{&event.Error{
		Code:    "data_folder",
		Message: fmt.Sprintf("the data folder %s cannot be used", dataDir),
		Hint:    "make it a folder that you may write to, or choose another with --data",
		Err:     err,
	}, ErrFolder}
}
