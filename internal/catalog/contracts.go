package catalog

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"

	"github.com/penstock/penstock/internal/event"
)

// contractsRecord holds the contract files of one version.
type contractsRecord struct {
	Version string `json:"version"`
	// Sources is the gzipped JSON array of the Source values; the archive keeps the same bytes.
	Sources []byte `json:"sources"`
	// Before is the contracts entry before this one since the checkpoint, 0 for none.
	Before uint64 `json:"before,omitempty"`
}

// contractsPlace is where a version's text is: in the journal or in the archive.
type contractsPlace struct {
	journalled uint64
	archived   archivedContracts
}

func withPlace(old map[string]contractsPlace, version string, p contractsPlace) map[string]contractsPlace {
	places := maps.Clone(old)
	places[version] = p
	return places
}

// loadContracts follows the chain of contracts entries since the checkpoint into v.contracts.
func (s *Shard) loadContracts(ctx context.Context, v view) error {
	for at := v.state.ContractsAt; at > 0; {
		e, err := s.entryAt(ctx, at)
		if err != nil {
			return err
		}
		if e.Contracts == nil || e.Contracts.Before >= at {
			return corrupt(at, fmt.Errorf("it should hold contracts"))
		}
		v.contracts[e.Contracts.Version] = contractsPlace{journalled: at}
		at = e.Contracts.Before
	}
	return nil
}

// LatestVersion is the contracts version put last; empty before the first.
func (s *Shard) LatestVersion() string { return s.snapshot().state.Version }

// PutContracts stores the text of a contracts version and makes it the latest. Plans and commits may
// only name versions that were put. Each text is stored once and kept for ever.
func (s *Shard) PutContracts(ctx context.Context, version string, sources []Source) error {
	if version == "" {
		return invalid("contracts_version", "a contracts version must not be empty")
	}
	s.write.Lock()
	defer s.write.Unlock()
	v := s.snapshot()
	if v.state.Version == version {
		return nil
	}
	record := contractsRecord{Version: version, Before: v.state.ContractsAt}
	if _, known := v.contracts[version]; known {
		// An earlier version is the latest again: its text is there, and only the entry is new.
		old, err := s.contractsBytes(ctx, v, version)
		if err != nil {
			return err
		}
		record.Sources = old
	} else {
		packed, err := packSources(sources)
		if err != nil {
			return err
		}
		record.Sources = packed
	}
	next, at := s.next()
	next.Version, next.ContractsAt = version, at
	next.SinceBytes += int64(len(record.Sources))
	return s.append(ctx, entry{Kind: kindContracts, State: next, Contracts: &record}, nil)
}

// Contracts returns the text of a version that was put, or event.ErrNotFound.
func (s *Shard) Contracts(ctx context.Context, version string) ([]Source, error) {
	packed, err := s.contractsBytes(ctx, s.snapshot(), version)
	if err != nil {
		return nil, err
	}
	sources, err := unpackSources(packed)
	if err != nil {
		return nil, fmt.Errorf("contracts version %s: %w", version, err)
	}
	return sources, nil
}

func (s *Shard) contractsBytes(ctx context.Context, v view, version string) ([]byte, error) {
	place, known := v.contracts[version]
	if !known {
		return nil, fmt.Errorf("contracts version %q: %w", version, event.ErrNotFound)
	}
	if place.journalled > 0 {
		e, err := s.entryAt(ctx, place.journalled)
		if err == nil && e.Contracts != nil {
			return e.Contracts.Sources, nil
		}
		// A checkpoint may have moved it since v was taken.
		moved := s.snapshot().contracts[version]
		if moved.journalled > 0 {
			return nil, fmt.Errorf("contracts version %s: %w", version, err)
		}
		place = moved
	}
	body, err := s.fetch(ctx, place.archived.Name, place.archived.SHA256)
	if err != nil {
		return nil, fmt.Errorf("contracts version %s: %w", version, err)
	}
	return body, nil
}

func packSources(sources []Source) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if err := json.NewEncoder(z).Encode(sources); err != nil {
		return nil, fmt.Errorf("pack contracts: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, fmt.Errorf("pack contracts: %w", err)
	}
	return b.Bytes(), nil
}

func unpackSources(packed []byte) ([]Source, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("unpack contracts: %w", err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		return nil, fmt.Errorf("unpack contracts: %w", err)
	}
	var sources []Source
	if err := json.Unmarshal(text, &sources); err != nil {
		return nil, fmt.Errorf("unpack contracts: %w", err)
	}
	return sources, nil
}

func checksum(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}
