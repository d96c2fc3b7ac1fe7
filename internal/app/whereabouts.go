package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/penstock/penstock/internal/event"
	"github.com/penstock/penstock/internal/pipeline"
)

// whereaboutsName is a file of the data folder that says where the warehouse is, if that is elsewhere:
// commands that are told the data folder alone find it by that while no pipeline runs.
const whereaboutsName = "warehouse.json"

type whereabouts struct {
	// Path is the absolute path of the warehouse's file, if it is one.
	Path string `json:"path,omitempty"`
	// Snowflake is the warehouse instead, as snowflake://USER@ACCOUNT/DATABASE/SCHEMA, and Pipeline the folder whose files
	// say how to log in there.
	Snowflake string `json:"snowflake,omitempty"`
	Pipeline  string `json:"pipeline,omitempty"`
}

// noteWarehouse leaves in the data folder where the warehouse is.
func (p *parts) noteWarehouse() error {
	path := filepath.Join(p.dataDir, whereaboutsName)
	noted := whereabouts{Path: p.databasePath()}
	if p.file.Snowflake != nil {
		dir, err := filepath.Abs(p.file.Dir)
		if err != nil {
			return fmt.Errorf("noting down where the warehouse is: %w", err)
		}
		noted = whereabouts{Snowflake: p.file.Snowflake.String(), Pipeline: dir}
	} else if p.file.Warehouse == pipeline.InsideData {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("noting down where the warehouse is: %w", err)
		}
		return nil
	}
	text, err := json.Marshal(noted)
	if err != nil {
		return fmt.Errorf("noting down where the warehouse is: %w", err)
	}
	// A command may read it at any time, so it is there whole or not at all.
	fresh := path + ".new"
	err = os.WriteFile(fresh, append(text, '\n'), 0o600)
	if err == nil {
		err = os.Rename(fresh, path)
	}
	if err != nil {
		return fmt.Errorf("noting down where the warehouse is: %w", err)
	}
	return nil
}

// notedWarehouse is the warehouse of the pipeline that ran on the data folder last.
func notedWarehouse(dataDir string) (whereabouts, error) {
	path := filepath.Join(dataDir, whereaboutsName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return whereabouts{Path: databasePath(pipeline.InsideData, dataDir)}, nil
	}
	var noted whereabouts
	if err == nil {
		err = json.Unmarshal(text, &noted)
	}
	if err == nil && noted.Snowflake == "" && !filepath.IsAbs(noted.Path) {
		err = fmt.Errorf("it names %q, which is no absolute path", noted.Path)
	}
	if err != nil {
		return whereabouts{}, &event.Error{
			Code: "whereabouts", Message: "the file " + path + ", which says where the warehouse is, cannot be used", Err: err,
			Hint: "start the pipeline once with `penstock up`, which writes it anew",
		}
	}
	return noted, nil
}
