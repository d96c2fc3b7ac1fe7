package running

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

const infoName = "run.json"

// Info describes a running pipeline.
type Info struct {
	// PID is its process id.
	PID int `json:"pid"`
	// DataDir and PipelineDir are absolute paths.
	DataDir     string `json:"data"`
	PipelineDir string `json:"pipeline"`
	// KinesisURL is where the Kinesis API listens, such as http://127.0.0.1:4567.
	KinesisURL string `json:"kinesis_url"`
	// HTTPURL is where its HTTP API listens, Token what that asks for; empty if it asks for none.
	HTTPURL string `json:"http_url"`
	Token   string `json:"token,omitempty"`
	// Certificate is the SHA-256, in hex, of the certificate that both ports show; empty without TLS.
	Certificate string `json:"certificate_sha256,omitempty"`
	// Streams are the pipeline's own streams, the first its main one.
	Streams []string `json:"streams"`
	// Started is when it became ready.
	Started time.Time `json:"started"`
}

// Announce lets others find the pipeline that info describes. The caller holds the Lock of
// info.DataDir, and calls forget before it releases it.
//
// A user without any folder for the index is no error: Find then needs the data folder's name.
func Announce(info Info) (forget func(), err error) {
	if info.DataDir, err = canonical(info.DataDir); err != nil {
		return nil, fmt.Errorf("announcing the pipeline: %w", err)
	}
	if info.PipelineDir, err = filepath.Abs(info.PipelineDir); err != nil {
		return nil, fmt.Errorf("announcing the pipeline: %w", err)
	}
	content, err := json.MarshalIndent(info, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("announcing the pipeline: %w", err)
	}
	path := filepath.Join(info.DataDir, infoName)
	if err := replace(path, append(content, '\n')); err != nil {
		return nil, errFolder(info.DataDir, err)
	}
	strike, err := enlist(info.DataDir)
	if err != nil {
		strike = func() {}
	}
	return func() {
		strike()
		_ = os.Remove(path)
	}, nil
}

// Find returns the pipeline that runs on dataDir, or when that is empty the only one that runs on
// this machine under the present user. The error is marked ErrNone, ErrStarting or ErrSeveral.
func Find(dataDir string) (Info, error) {
	if dataDir != "" {
		info, err := find(dataDir)
		if errors.Is(err, os.ErrNotExist) {
			return info, errNone(dataDir)
		}
		return info, err
	}
	var infos []Info
	var starting error
	for _, dir := range listed() {
		switch info, err := find(dir); {
		case err == nil:
			infos = append(infos, info)
		case errors.Is(err, ErrStarting):
			starting = err
		}
	}
	switch {
	case len(infos) == 1:
		return infos[0], nil
	case len(infos) > 1:
		slices.SortFunc(infos, func(a, b Info) int { return strings.Compare(a.DataDir, b.DataDir) })
		return Info{}, errSeveral(infos)
	case starting != nil:
		return Info{}, starting
	}
	return Info{}, errNone("")
}

// find returns the pipeline that runs on dataDir.
func find(dataDir string) (Info, error) {
	var info Info
	dir, err := canonical(dataDir)
	if err != nil {
		return info, err
	}
	pid, err := locked(dir)
	if err != nil {
		return info, err
	}
	if pid == "" {
		return info, errNone(dataDir)
	}
	content, err := os.ReadFile(filepath.Join(dir, infoName))
	if errors.Is(err, os.ErrNotExist) {
		return info, errStarting(dataDir)
	}
	if err != nil {
		return info, err
	}
	if err := json.Unmarshal(content, &info); err != nil || strconv.Itoa(info.PID) != pid {
		return Info{}, errStarting(dataDir) // what an earlier process left
	}
	info.DataDir = dir // the folder may have been moved in between
	return info, nil
}

// canonical is the one absolute path of a folder that exists.
func canonical(dir string) (string, error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(absolute)
}
