package duckdb

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/warehouse"
)

// The loader's own tables, all in one schema that is not the users'.
//
//	loads       a row for each committed file
//	queryable   when each load transaction had committed; written by the next one
//	watermarks  the last loaded commit of each shard
//	dropped     events filtered by contracts, in the commits loaded so far
//	moved       events of one contract that a load made another's, see moved.go
//	owner       the stream whose rows these are; see own
const internalSchema = `
CREATE SCHEMA IF NOT EXISTS _penstock;
CREATE TABLE IF NOT EXISTS _penstock.loads (
	name VARCHAR, table_name VARCHAR, shard INTEGER, number BIGINT,
	first_sequence VARCHAR, last_sequence VARCHAR,
	committed BIGINT, rows BIGINT, duplicates BIGINT, displaced BIGINT, refused BIGINT,
	status VARCHAR, detail VARCHAR, load BIGINT, loaded_at TIMESTAMPTZ);
CREATE TABLE IF NOT EXISTS _penstock.queryable (load BIGINT, queryable_at TIMESTAMPTZ);
CREATE TABLE IF NOT EXISTS _penstock.watermarks (shard INTEGER, number BIGINT, position BIGINT, arrived BIGINT);
CREATE TABLE IF NOT EXISTS _penstock.dropped (shard INTEGER, table_name VARCHAR, events BIGINT);
CREATE TABLE IF NOT EXISTS _penstock.owner (stream VARCHAR);
`

// schema is what the loader knows of the users' tables, by lower-case name.
type schema struct {
	tables map[string]warehouse.TableShape
}

func loadSchema(ctx context.Context, c *conn) (*schema, error) {
	shapes, err := describe(ctx, c)
	if err != nil {
		return nil, err
	}
	s := &schema{tables: map[string]warehouse.TableShape{}}
	for _, t := range shapes {
		s.tables[strings.ToLower(t.Name)] = t
	}
	return s, nil
}

// describe reads the users' tables from DuckDB's own catalog.
func describe(ctx context.Context, c *conn) ([]warehouse.TableShape, error) {
	var shapes []warehouse.TableShape
	err := c.rows(ctx, `SELECT table_name, column_name, data_type FROM duckdb_columns()
		WHERE database_name = `+literal(catalogAlias)+` AND schema_name = 'main' AND NOT internal
		ORDER BY table_oid, column_index`, func(r row) error {
		name := r.text(0)
		if n := len(shapes); n == 0 || shapes[n-1].Name != name {
			shapes = append(shapes, warehouse.TableShape{Name: name})
		}
		last := &shapes[len(shapes)-1]
		last.Columns = append(last.Columns, warehouse.ColumnShape{Name: r.text(1), Type: r.text(2)})
		return nil
	})
	return shapes, err
}

// ensure makes a table exist with the columns. It changes the database at once, outside of
// any load transaction.
func (s *schema) ensure(ctx context.Context, c *conn, name string, columns []contract.Column) error {
	want := TableColumns(columns)
	have, ok := s.tables[strings.ToLower(name)]
	if !ok {
		have = warehouse.TableShape{Name: name, Columns: want}
		defs := make([]string, len(want))
		for i, w := range want {
			defs[i] = ident(w.Name) + " " + w.Type
		}
		if _, err := c.exec(ctx, fmt.Sprintf("CREATE TABLE %s (%s)", tableName(name), strings.Join(defs, ", "))); err != nil {
			return fmt.Errorf("create table %s: %w", name, err)
		}
		s.tables[strings.ToLower(name)] = have
		return nil
	}
	steps, err := warehouse.Alterations(have, want, widens)
	if err != nil {
		return err
	}
	return s.alter(ctx, c, have, steps)
}

func (s *schema) alter(ctx context.Context, c *conn, have warehouse.TableShape, steps []warehouse.Alteration) error {
	for _, step := range steps {
		name, typ := ident(step.Column.Name), step.Column.Type
		columns := slices.Clone(have.Columns)
		change := fmt.Sprintf("ADD COLUMN %s %s", name, typ)
		if step.From == "" {
			columns = append(columns, step.Column)
		} else {
			change = fmt.Sprintf("ALTER COLUMN %s TYPE %s", name, typ)
			at := slices.IndexFunc(columns, func(have warehouse.ColumnShape) bool { return strings.EqualFold(have.Name, step.Column.Name) })
			columns[at].Type = typ
		}
		if _, err := c.exec(ctx, fmt.Sprintf("ALTER TABLE %s %s", tableName(have.Name), change)); err != nil {
			return fmt.Errorf("change column %s of table %s: %w", step.Column.Name, have.Name, err)
		}
		have.Columns = columns
		s.tables[strings.ToLower(have.Name)] = have
	}
	return nil
}

// fit makes a table able to take a file's columns: it is created or gets the columns it lacks. A
// column whose type has changed since is read as the type the table has now.
func (s *schema) fit(ctx context.Context, c *conn, name string, columns []contract.Column) error {
	have, ok := s.tables[strings.ToLower(name)]
	if !ok {
		return s.ensure(ctx, c, name, columns)
	}
	var lacking []warehouse.Alteration
	for _, w := range TableColumns(columns) {
		if typeOf(have, w.Name) == "" {
			lacking = append(lacking, warehouse.Alteration{Column: w})
		}
	}
	return s.alter(ctx, c, have, lacking)
}

// shapeFor is a file's columns with the types the table has for them.
func (s *schema) shapeFor(name string, columns []contract.Column) []warehouse.ColumnShape {
	have := s.tables[strings.ToLower(name)]
	shape := TableColumns(columns)
	for i := range shape {
		if t := typeOf(have, shape[i].Name); t != "" {
			shape[i].Type = t
		}
	}
	return shape
}

func typeOf(t warehouse.TableShape, column string) string {
	for _, c := range t.Columns {
		if strings.EqualFold(c.Name, column) {
			return c.Type
		}
	}
	return ""
}

// tableName is a user's table in SQL.
func tableName(name string) string { return ident(catalogAlias) + ".main." + ident(name) }
