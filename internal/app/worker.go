package app

import (
	"context"

	"github.com/penstock/penstock/internal/warehouse/duckdb"
)

// WarehouseWorker is the hidden command that runs the warehouse's child process.
const WarehouseWorker = duckdb.Command

// RunWarehouseWorker is the child process that holds DuckDB. It ends with its parent.
func RunWarehouseWorker(ctx context.Context) error { return duckdb.ServeChild(ctx) }
