package duckdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/penstock/penstock/internal/event"
)

// engine is the open database.
type engine struct {
	db bindings.Database
}

// catalogAlias is the name the database has inside DuckDB, whatever its file is called.
const catalogAlias = "warehouse"

// openEngine opens the database file, creating it unless it is opened for reading only.
//
// DuckDB itself starts in memory and attaches the file, so that the catalog has one name whatever
// the file is called.
func openEngine(ctx context.Context, cfg openConfig) (*engine, error) {
	var e engine
	var config bindings.Config
	if bindings.CreateConfig(&config) == bindings.StateError {
		return nil, errors.New("duckdb could not make a configuration")
	}
	defer bindings.DestroyConfig(&config)
	var message string
	if bindings.OpenExt(":memory:", &e.db, config, &message) == bindings.StateError {
		return nil, fmt.Errorf("start duckdb: %s", message)
	}
	c, err := e.connect()
	if err != nil {
		e.close()
		return nil, err
	}
	defer c.close()
	if err := e.configure(ctx, c, cfg); err != nil {
		e.close()
		return nil, err
	}
	return &e, nil
}

func (e *engine) connect() (*conn, error) {
	var c conn
	if bindings.Connect(e.db, &c.c) == bindings.StateError {
		return nil, errors.New("duckdb refused a connection")
	}
	return &c, nil
}

// session is a connection with the database file as its default catalog.
func (e *engine) session(ctx context.Context) (*conn, error) {
	c, err := e.connect()
	if err != nil {
		return nil, err
	}
	if _, err := c.exec(ctx, "USE "+ident(catalogAlias)); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func (e *engine) close() { bindings.Close(&e.db) }

func (e *engine) configure(ctx context.Context, c *conn, cfg openConfig) error {
	settings := []string{
		fmt.Sprintf("SET GLOBAL memory_limit = '%dB'", cfg.MemoryLimit),
		fmt.Sprintf("SET GLOBAL threads = %d", cfg.Threads),
		"SET GLOBAL temp_directory = " + literal(cfg.TempDir),
		fmt.Sprintf("SET GLOBAL max_temp_directory_size = '%dB'", cfg.TempLimit),
		"SET GLOBAL wal_autocheckpoint = '1TB'", // see checkpointer
		"SET GLOBAL TimeZone = 'UTC'",
		"SET GLOBAL autoinstall_known_extensions = false",
		"SET GLOBAL autoload_known_extensions = false",
		"SET GLOBAL allow_community_extensions = false",
		"SET GLOBAL enable_external_file_cache = false",
	}
	for _, s := range settings {
		if _, err := c.exec(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	if err := attach(ctx, c, cfg); err != nil {
		return err
	}
	// From here on DuckDB reaches nothing but its own file, its temporary folder, and the folders
	// that loads read from; and nobody can change that.
	for _, s := range []string{
		"SET GLOBAL allowed_directories = [" + literals(cfg.Dirs) + "]",
		"SET GLOBAL enable_external_access = false",
		"SET GLOBAL lock_configuration = true",
	} {
		if _, err := c.exec(ctx, s); err != nil {
			return fmt.Errorf("%s: %w", s, err)
		}
	}
	return nil
}

func attach(ctx context.Context, c *conn, cfg openConfig) error {
	options := ""
	if cfg.ReadOnly {
		options = " (READ_ONLY)"
	} else if err := os.MkdirAll(filepath.Dir(cfg.Path), 0o755); err != nil {
		return fmt.Errorf("make the warehouse folder: %w", err)
	}
	sql := "ATTACH " + literal(cfg.Path) + " AS " + ident(catalogAlias) + options
	_, err := c.exec(ctx, sql)
	if err != nil && !cfg.ReadOnly && brokenLog(err) {
		if err := setLogAside(cfg.Path, err); err != nil {
			return err
		}
		_, err = c.exec(ctx, sql)
	}
	if err == nil {
		return nil
	}
	return openError(cfg.Path, err)
}

// Locked is the code of the error that says that another process has the database file open.
const Locked = "warehouse_locked"

// openError says what a person can do about a database file that cannot be opened.
func openError(path string, err error) error {
	text := err.Error()
	switch {
	case strings.Contains(text, "Could not set lock"):
		return &event.Error{Code: Locked, Message: "the warehouse file " + path + " is in use by another process", Err: err,
			Hint: "stop that process, or query through the running pipeline"}
	case isKind(err, bindings.ErrorTypeErrorIO) && (strings.Contains(text, "No space") || strings.Contains(text, "Permission denied") ||
		strings.Contains(text, "Read-only") || strings.Contains(text, "Too many open")):
		return &event.Error{Code: "warehouse_unreachable", Message: "the warehouse file " + path + " cannot be opened", Err: err,
			Hint: "check the folder's permissions and the free space"}
	}
	if _, statErr := os.Stat(path); errors.Is(statErr, os.ErrNotExist) {
		return &event.Error{Code: "warehouse_absent", Message: "there is no warehouse file " + path, Err: err}
	}
	return &event.Error{Code: "warehouse_corrupt", Message: "the warehouse file " + path + " cannot be read", Err: err,
		Hint: "if it is this pipeline's, delete it (and " + filepath.Base(path) + ".wal beside it) and start again: the rows are loaded again from the lake"}
}
