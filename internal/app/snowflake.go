package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/lake"
	"github.com/penstock/penstock/internal/pipeline"
	"github.com/penstock/penstock/internal/warehouse"
	"github.com/penstock/penstock/internal/warehouse/snowflake"
)

func (p *parts) openSnowflake(ctx context.Context) (store, error) {
	where := p.file.Snowflake
	if !strings.HasPrefix(p.lake.URL(), "s3://") && where.Endpoint == "" {
		return nil, pipelineFault{&event.Error{
			Code: "lake_out_of_reach", Message: "Snowflake cannot read the lake at " + p.lake.URL(),
			Hint: "write lake: s3://bucket/prefix, or warehouse: duckdb",
		}}
	}
	cfg := snowflakeConfig(where, p.info.Name)
	cfg.LakeURL = p.lake.URL()
	client, err := snowflake.Open(ctx, cfg, p.lake)
	if err != nil {
		return nil, err
	}
	return snowflakeStore{client}, nil
}

func snowflakeConfig(s *pipeline.Snowflake, stream string) snowflake.Config {
	return snowflake.Config{
		Account: s.Account, User: s.User, Key: s.Key, Database: s.Database, Schema: s.Schema, Warehouse: s.Warehouse,
		Role: s.Role, ReaderRole: s.Reader, Stage: s.Stage, Integration: s.Integration, Endpoint: s.Endpoint, Stream: stream,
	}
}

// files are the lake's for the loader.
func (p *parts) files() warehouse.Files {
	if p.file.Snowflake != nil {
		return stagedFiles{p.lake}
	}
	return p.lake
}

// stagedFiles are read by the warehouse itself: they are looked for, and not fetched.
type stagedFiles struct{ lake.Lake }

func (f stagedFiles) Local(ctx context.Context, name string) (string, func(), error) {
	if _, err := f.Stat(ctx, name); err != nil {
		return "", nil, fmt.Errorf("looking for lake file %s: %w", name, err)
	}
	return name, func() {}, nil
}

// warehouseName is where rows go, for people.
func (p *parts) warehouseName() string {
	if p.file.Snowflake != nil {
		return p.file.Snowflake.String()
	}
	return p.databasePath()
}
