package snowflake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/snowflake/sqltype"
	"github.com/penstock/penstock/internal/warehouse"
)

// The loader's own tables are in the same schema, so that no further grant is needed, under names people do not choose.
//
//	_PENSTOCK_LOADS       a row for each committed file: of the rows it was committed with, those in its table, duplicates of a
//	                      key, and refused ones, which are in the quarantine
//	_PENSTOCK_WATERMARKS  the last loaded commit of each shard
//	_PENSTOCK_DROPPED     events filtered by contracts, in the commits loaded so far
//	_PENSTOCK_MOVED       events of one contract that a load made another's
//	_PENSTOCK_OWNER       the stream whose rows these are
var ownTables = []string{
	`CREATE TABLE IF NOT EXISTS "_PENSTOCK_LOADS" ("NAME" TEXT, "TABLE_NAME" TEXT, "SHARD" NUMBER(10,0), "NUMBER" NUMBER(19,0), "COMMITTED" NUMBER(19,0), ` +
		`"ROWS" NUMBER(19,0), "DUPLICATES" NUMBER(19,0), "STATUS" TEXT, "DETAIL" TEXT, "LOADED_AT" TIMESTAMP_TZ, "FIRST_SEQUENCE" TEXT, "LAST_SEQUENCE" TEXT, "REFUSED" NUMBER(19,0))`,
	`ALTER TABLE "_PENSTOCK_LOADS" ADD COLUMN IF NOT EXISTS "REFUSED" NUMBER(19,0)`,
	`CREATE TABLE IF NOT EXISTS "_PENSTOCK_WATERMARKS" ("SHARD" NUMBER(10,0), "NUMBER" NUMBER(19,0), "POSITION" NUMBER(19,0), "ARRIVED" NUMBER(19,0))`,
	`CREATE TABLE IF NOT EXISTS "_PENSTOCK_DROPPED" ("SHARD" NUMBER(10,0), "TABLE_NAME" TEXT, "EVENTS" NUMBER(19,0))`,
	`CREATE TABLE IF NOT EXISTS "_PENSTOCK_MOVED" ("SOURCE" TEXT, "TARGET" TEXT, "EVENTS" NUMBER(19,0))`,
	`CREATE TABLE IF NOT EXISTS "_PENSTOCK_OWNER" ("STREAM" TEXT)`,
}

const (
	ownPrefix = "_PENSTOCK_"
	// incoming is the table that a keyed table's files, and redriven ones, are copied into first.
	incoming = "_PENSTOCK_IN_"
)

// Prepare makes the tables, and the stage if none is named. Statements that change tables run outside of any load, since
// in Snowflake each commits by itself.
func (c *Client) Prepare(ctx context.Context, tables []*contract.Table) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, statement := range ownTables {
		if err := c.exec(ctx, statement); err != nil {
			return c.explain("making the loader's tables", err)
		}
	}
	if c.cfg.Stage == "" {
		if err := c.exec(ctx, c.createStage()); err != nil && !exists(err) {
			return c.notAllowed(err)
		}
	} else if err := c.checkStage(ctx); err != nil {
		return err
	}
	if err := c.own(ctx); err != nil {
		return err
	}
	shapes, err := c.describe(ctx)
	if err != nil {
		return err
	}
	c.schema = shapes
	for _, t := range slices.Concat(tables, []*contract.Table{contract.QuarantineTable()}) {
		if err := c.ensure(ctx, t); err != nil {
			return err
		}
	}
	return nil
}

func (c *Client) createStage() string {
	sql := fmt.Sprintf("CREATE STAGE IF NOT EXISTS %s URL = %s", quoted(c.cfg.stage()), literal(strings.TrimSuffix(c.cfg.LakeURL, "/")+"/"))
	if c.cfg.Integration != "" {
		sql += " STORAGE_INTEGRATION = " + ident(c.cfg.Integration)
	}
	return sql
}

// own takes the schema for the stream, or finds that it is another's.
func (c *Client) own(ctx context.Context) error {
	var owner string
	err := c.loader.QueryRowContext(ctx, `SELECT "STREAM" FROM "_PENSTOCK_OWNER"`).Scan(&owner)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return c.exec(ctx, `INSERT INTO "_PENSTOCK_OWNER" VALUES (`+literal(c.cfg.Stream)+`)`)
	case err != nil:
		return c.explain("reading whose the schema is", err)
	case owner != c.cfg.Stream:
		return &event.Error{
			Code:    "warehouse_foreign",
			Message: fmt.Sprintf("the schema %s.%s holds the rows of stream %s, not of %s", c.cfg.Database, c.cfg.Schema, owner, c.cfg.Stream),
			Hint:    "give each pipeline a schema of its own in its warehouse: snowflake://USER@ACCOUNT/DATABASE/SCHEMA",
		}
	}
	return nil
}

// Describe returns the contracts' tables as they are, in upper case.
func (c *Client) Describe(ctx context.Context) ([]warehouse.TableShape, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	all, err := c.describe(ctx)
	var shapes []warehouse.TableShape
	for name, shape := range all {
		if !strings.HasPrefix(name, ownPrefix) {
			shapes = append(shapes, shape)
		}
	}
	slices.SortFunc(shapes, func(a, b warehouse.TableShape) int { return strings.Compare(a.Name, b.Name) })
	return shapes, err
}

// instantDigits are those of TIMESTAMP_TZ in tables that Penstock makes; this view does not tell them.
const instantDigits = 9

func (c *Client) describe(ctx context.Context) (map[string]warehouse.TableShape, error) {
	rows, err := c.loader.QueryContext(ctx, `SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, NUMERIC_PRECISION, NUMERIC_SCALE, CHARACTER_MAXIMUM_LENGTH FROM INFORMATION_SCHEMA.COLUMNS
		WHERE TABLE_SCHEMA = `+literal(strings.ToUpper(c.cfg.Schema))+` ORDER BY TABLE_NAME, ORDINAL_POSITION`)
	if err != nil {
		return nil, c.explain("reading the tables' columns", err)
	}
	defer rows.Close() //nolint:errcheck // Err below tells of a broken result
	shapes := map[string]warehouse.TableShape{}
	for rows.Next() {
		var table, column, kind string
		var precision, scale, length sql.NullInt64
		if err := rows.Scan(&table, &column, &kind, &precision, &scale, &length); err != nil {
			return nil, err
		}
		facts := sqltype.Facts{Name: kind, Precision: int(precision.Int64), Scale: int(scale.Int64), Length: int(length.Int64)}
		if kind == sqltype.Instant {
			facts.Scale = instantDigits
		}
		shape := shapes[table]
		shape.Name = table
		shape.Columns = append(shape.Columns, warehouse.ColumnShape{Name: column, Type: sqltype.Shown(facts)})
		shapes[table] = shape
	}
	return shapes, rows.Err()
}

// ensure makes a table, and the one its files may come in by, have the contract's columns.
func (c *Client) ensure(ctx context.Context, t *contract.Table) error {
	for _, name := range []string{strings.ToUpper(t.Name), incoming + strings.ToUpper(t.Name)} {
		named := &contract.Table{Name: name, Columns: t.Columns}
		var have *warehouse.TableShape
		if shape, ok := c.schema[name]; ok {
			have = &shape
		}
		statements, err := Statements(have, named)
		if err != nil {
			return err
		}
		for _, statement := range statements {
			if err := c.exec(ctx, statement); err != nil {
				return c.explain("changing table "+name, err)
			}
		}
		c.schema[name] = warehouse.TableShape{Name: name, Columns: TableColumns(t.Columns)}
	}
	return nil
}

func (c *Client) exec(ctx context.Context, statement string) error {
	_, err := c.loader.ExecContext(ctx, statement)
	return err
}

// explain says what to do about an error of our own statements.
func (c *Client) explain(what string, err error) error {
	return &event.Error{Code: "snowflake_refused", Message: what + " failed", Err: err,
		Hint: fmt.Sprintf("the role needs USAGE on %s and on the virtual warehouse, and CREATE TABLE and CREATE STAGE in %s.%s", c.cfg.Database, c.cfg.Database, c.cfg.Schema)}
}
