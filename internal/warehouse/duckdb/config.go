package duckdb

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// Config says where the database is and what the child may use.
type Config struct {
	// Path of the database file. Required. Its folder is made if need be.
	Path string
	// Stream whose rows the database holds. A database that holds those of another is refused.
	// Default empty: whatever it holds.
	Stream string
	// Dirs are the folders that Load reads files from: the lake's, if it is one, and the one that
	// downloads go to. Nothing else can be read, and people's SQL cannot read these either.
	Dirs []string
	// TempDir is where DuckDB spills what does not fit into memory, and where the child keeps rows
	// it has to look at again. Default: Path with ".tmp" added.
	TempDir string
	// ReadOnly opens an existing file for reading only; nothing else may have it open for writing.
	ReadOnly bool
	// MemoryLimit is DuckDB's own limit, in bytes. Default 192 MiB, so that parent and child together
	// stay below 700 MiB with 20 million keys in the filters; the child alone has peaked at 430 MiB.
	MemoryLimit int64
	// Threads DuckDB works with. Default 2, or 1 on a machine with one core: the parent needs the
	// cores as well, and more threads need more memory.
	Threads int
	// TempLimit bounds the temporary space, in bytes. Default 2 GiB.
	TempLimit int64
	// CheckpointSize is the size of the write-ahead log, in bytes, at which it is folded into the
	// database file. Default 64 MiB, about 300,000 rows of 16 columns: each checkpoint rewrites the
	// last row group of every table, so that DuckDB's own 16 MiB costs a third to two thirds more
	// CPU for the whole load, and the next commit waits for it, for about 1.4 microseconds a row.
	CheckpointSize int64
	// KeyMemory bounds what the filters that recognize keys may hold, in bytes, for all tables
	// together. Default 128 MiB: 30 million keys. Keys beyond are looked up in the tables, which
	// is as right and slower.
	KeyMemory int64
	// SoftMemory is the resident size of the child, in bytes, at which queries are stopped, and
	// HardMemory that at which the child gives up and is started again. Defaults: MemoryLimit and
	// KeyMemory, plus 160 MiB, and plus 320 MiB.
	SoftMemory, HardMemory int64
	// Executable and Args start the child. Default: this program with the argument "duckdb-worker".
	Executable string
	Args       []string
	// Logger gets the child's deaths and its standard error. Default: slog.Default().
	Logger *slog.Logger
}

// Command is the argument that makes the program run ServeChild.
const Command = "duckdb-worker"

const mib = 1 << 20

func (c Config) withDefaults() Config {
	if c.TempDir == "" && c.Path != "" {
		c.TempDir = c.Path + ".tmp"
	}
	def := func(v *int64, value int64) {
		if *v == 0 {
			*v = value
		}
	}
	def(&c.MemoryLimit, 192*mib)
	def(&c.TempLimit, 2048*mib)
	def(&c.CheckpointSize, 64*mib)
	def(&c.KeyMemory, 128*mib)
	def(&c.SoftMemory, c.MemoryLimit+c.KeyMemory+160*mib)
	def(&c.HardMemory, c.SoftMemory+160*mib)
	if c.Threads == 0 {
		c.Threads = min(2, runtime.NumCPU())
	}
	if len(c.Args) == 0 {
		c.Args = []string{Command}
	}
	if c.Executable == "" {
		if exe, err := os.Executable(); err == nil {
			c.Executable = exe
		}
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}

// Validate reports every fault of the configuration.
func (c Config) Validate() error {
	c = c.withDefaults()
	var faults []error
	if c.Path == "" {
		faults = append(faults, errors.New("Path is empty"))
	}
	if strings.ContainsAny(c.Path, "?\x00") {
		faults = append(faults, fmt.Errorf("Path %q holds a question mark, which DuckDB takes for options; choose another folder", c.Path))
	}
	for _, d := range c.Dirs {
		if !filepath.IsAbs(d) {
			faults = append(faults, fmt.Errorf("folder %s in Dirs is not absolute", d))
		}
	}
	atLeast := func(name string, v, least int64) {
		if v < least {
			faults = append(faults, fmt.Errorf("%s is %d, below %d", name, v, least))
		}
	}
	atLeast("MemoryLimit", c.MemoryLimit, 64*mib)
	atLeast("Threads", int64(c.Threads), 1)
	atLeast("TempLimit", c.TempLimit, 1)
	atLeast("CheckpointSize", c.CheckpointSize, mib)
	atLeast("KeyMemory", c.KeyMemory, 0)
	atLeast("SoftMemory", c.SoftMemory, c.MemoryLimit)
	atLeast("HardMemory", c.HardMemory, c.SoftMemory)
	if c.Executable == "" {
		faults = append(faults, errors.New("Executable is empty and this program's own path is unknown"))
	}
	return errors.Join(faults...)
}

// openConfig is what the child needs of a Config; it is sent to it as JSON.
type openConfig struct {
	Path, Stream              string
	Dirs                      []string
	TempDir                   string
	ReadOnly                  bool
	MemoryLimit, TempLimit    int64
	CheckpointSize, KeyMemory int64
	SoftMemory, HardMemory    int64
	Threads                   int
}

func (c Config) open() (openConfig, error) {
	path, err := filepath.Abs(c.Path)
	if err != nil {
		return openConfig{}, err
	}
	temp, err := filepath.Abs(c.TempDir)
	if err != nil {
		return openConfig{}, err
	}
	return openConfig{
		Path: path, Stream: c.Stream, Dirs: c.Dirs, TempDir: temp, ReadOnly: c.ReadOnly,
		MemoryLimit: c.MemoryLimit, TempLimit: c.TempLimit, CheckpointSize: c.CheckpointSize, KeyMemory: c.KeyMemory,
		SoftMemory: c.SoftMemory, HardMemory: c.HardMemory, Threads: c.Threads,
	}, nil
}

// mostLarger bounds how often the memory is doubled for checkpoints: from 192 MiB to 3 GiB, which 2,048 rows of
// 1 MiB need.
const mostLarger = 4

// larger is c with DuckDB's memory doubled n times, and all else that the process may use as it was.
func (c openConfig) larger(n int) openConfig {
	more := c.MemoryLimit<<n - c.MemoryLimit
	c.MemoryLimit, c.SoftMemory, c.HardMemory = c.MemoryLimit+more, c.SoftMemory+more, c.HardMemory+more
	return c
}

// The pause before a child that died is started again doubles while children die within the time
// in which they would have settled.
const (
	firstPause = 20 * time.Millisecond
	lastPause  = 2 * time.Second
	settled    = 5 * time.Second
)
