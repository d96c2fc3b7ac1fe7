package catalog

import (
	"encoding/json"
	"fmt"

	"github.com/penstock/penstock/internal/event"
)

// entryVersion is the layout of journal entries and manifest segments that this code writes.
const entryVersion = 1

type entryKind string

const (
	kindContracts  entryKind = "contracts"
	kindPlan       entryKind = "plan"
	kindCommit     entryKind = "commit"
	kindCheckpoint entryKind = "checkpoint"
	kindLoss       entryKind = "loss"
)

// entry is one journal entry. It carries the whole state after it, so that opening a shard needs the
// last entry and the few it points to, however long the journal is.
type entry struct {
	V    int       `json:"v"`
	Kind entryKind `json:"kind"`
	// Writer is drawn at random by each Open; by it a shard knows its own entries after an unknown outcome.
	Writer string `json:"writer"`
	State  state  `json:"state"`

	// Plan is the plan of a plan entry, or the one pending at a checkpoint.
	Plan *Plan `json:"plan,omitempty"`
	// Commit is kept as text: compaction copies it into a segment without reading it.
	Commit     json.RawMessage  `json:"commit,omitempty"`
	Contracts  *contractsRecord `json:"contracts,omitempty"`
	Checkpoint *checkpoint      `json:"checkpoint,omitempty"`
}

// state is what holds after an entry. The ...At fields are journal sequences, 0 for none.
type state struct {
	Stream   string `json:"stream"`
	Shard    int    `json:"shard"`
	Position uint64 `json:"position"`
	// Version is the contracts version put last.
	Version string `json:"version,omitempty"`
	Totals  Totals `json:"totals"`
	// Contracts has the totals of ranges by contract; nil in entries of older versions, and after
	// them until somebody has read all commits.
	Contracts map[string]Counts `json:"contracts,omitempty"`
	// Accepted are the losses that were accepted and are not committed yet, in order and apart. It is
	// never changed in place.
	Accepted []Range `json:"accepted,omitempty"`

	LastCommit uint64 `json:"lastCommit,omitempty"`
	PlanAt     uint64 `json:"planAt,omitempty"`
	// ContractsAt is the last contracts entry since the checkpoint; each names the one before it.
	ContractsAt  uint64 `json:"contractsAt,omitempty"`
	CheckpointAt uint64 `json:"checkpointAt,omitempty"`
	// SinceCommits and SinceBytes measure the journal since the checkpoint.
	SinceCommits int   `json:"sinceCommits"`
	SinceBytes   int64 `json:"sinceBytes"`
}

// checkpoint lists what the archive holds: everything the journal said before it.
type checkpoint struct {
	Segments  []segmentRef        `json:"segments"`
	Contracts []archivedContracts `json:"contracts,omitempty"`
}

// segmentRef names a manifest segment: the commits with numbers First to Last.
type segmentRef struct {
	Name   string `json:"name"`
	First  uint64 `json:"first"`
	Last   uint64 `json:"last"`
	Count  int    `json:"count"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

type archivedContracts struct {
	Version string `json:"version"`
	Name    string `json:"name"`
	SHA256  string `json:"sha256"`
}

func (e entry) encode() ([]byte, error) {
	e.V = entryVersion
	body, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("encode a journal entry: %w", err)
	}
	return body, nil
}

func decodeEntry(sequence uint64, body []byte) (entry, error) {
	var e entry
	err := json.Unmarshal(body, &e)
	if err == nil && e.V == entryVersion {
		return e, nil
	}
	// A newer layout may not even fit the struct; its version says more than the mismatch.
	var version struct{ V int }
	if err := json.Unmarshal(body, &version); err != nil {
		return entry{}, corrupt(sequence, err)
	}
	if version.V != entryVersion {
		return entry{}, &event.Error{
			Code:    "catalog_version",
			Message: fmt.Sprintf("journal entry %d has layout version %d; this program reads version %d", sequence, version.V, entryVersion),
			Hint:    "run the version of Penstock that wrote this data folder, or a newer one",
		}
	}
	return entry{}, corrupt(sequence, err)
}

func corrupt(sequence uint64, err error) error {
	return &event.Error{
		Code:    "catalog_corrupt",
		Message: fmt.Sprintf("journal entry %d cannot be read", sequence),
		Hint:    "the data folder is damaged; restore it from a backup, or start on a new one and keep the lake",
		Err:     err,
	}
}
