package pipeline

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/penstock/penstock/internal/chart"
	"github.com/penstock/penstock/internal/contract"
	"github.com/penstock/penstock/internal/declaration"
	"github.com/penstock/penstock/internal/event"
)

// The folders of a pipeline's contracts and dashboards.
const (
	contractsDir  = "contracts"
	dashboardsDir = "dashboards"
)

// Load reads the pipeline in dir. The error is an *event.Error if there is no pipeline or it cannot
// be read, otherwise a *contract.InvalidError with every fault of every file.
func Load(dir string) (*Pipeline, error) { return load(dir, false) }

// LoadWithoutSecrets is Load for who serves nothing and logs in nowhere, such as what writes a template: secrets
// are not read, and the variables and files that hold them need not be there. What a secret would say is empty.
func LoadWithoutSecrets(dir string) (*Pipeline, error) { return load(dir, true) }

func load(dir string, noSecrets bool) (*Pipeline, error) {
	text, err := readLimited(filepath.Join(dir, FileName), contract.MaxSourceBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &event.Error{
			Code: "no_pipeline", Message: fmt.Sprintf("there is no %s in %s", FileName, dir),
			Hint: "name the pipeline's folder with -c, such as -c examples/orders",
		}
	}
	if err != nil {
		return nil, &event.Error{Code: "pipeline_unreadable", Message: "the pipeline file cannot be read", Err: err,
			Hint: "-c names the pipeline's folder, not a file in it"}
	}
	p, faults := parse(dir, text, noSecrets)
	sources, sourceFaults, err := readContracts(dir)
	if err != nil {
		return nil, err
	}
	faults = append(faults, sourceFaults...)
	if len(sourceFaults) == 0 {
		p.Contracts, err = contract.Compile(sources)
		if invalid, ok := errors.AsType[*contract.InvalidError](err); ok {
			faults = append(faults, invalid.Faults...)
		} else if err != nil {
			return nil, err
		}
	}
	if len(faults) > 0 {
		for i := range faults {
			faults[i].File = filepath.Join(dir, faults[i].File)
		}
		return nil, &contract.InvalidError{Faults: faults}
	}
	p.Dashboards, err = readDashboards(dir, p.Contracts.Tables())
	return p, err
}

// readDashboards reads dashboards/*.yaml. What is wrong with one stays with it: events are more
// important than what is shown of them.
func readDashboards(dir string, tables []*contract.Table) ([]*chart.Dashboard, error) {
	sources, misnamed, err := readSources(dir, dashboardsDir)
	if err != nil {
		return nil, err
	}
	dashboards := chart.Compile(sources, tables)
	for _, fault := range misnamed {
		name := strings.TrimSuffix(filepath.Base(fault.File), filepath.Ext(fault.File))
		dashboards = append(dashboards, &chart.Dashboard{Name: name, Title: name, File: fault.File, Faults: []contract.Fault{fault}})
	}
	for _, d := range dashboards {
		d.File = filepath.Join(dir, d.File)
		for i := range d.Faults {
			d.Faults[i].File = d.File
		}
	}
	return dashboards, nil
}

// Contracts reads and compiles only the contracts of the pipeline in dir, for who needs nothing else of it.
// Errors are those of Load.
func Contracts(dir string) (*contract.Set, error) {
	sources, faults, err := readContracts(dir)
	if err != nil {
		return nil, err
	}
	if len(faults) > 0 {
		return nil, &contract.InvalidError{Faults: faults}
	}
	return contract.Compile(sources)
}

// ContractFiles are the files that Contracts reads, in the order of their names, relative to dir and with slashes.
// Errors are those of Load.
func ContractFiles(dir string) ([]string, error) {
	sources, faults, err := readContracts(dir)
	if err != nil {
		return nil, err
	}
	if len(faults) > 0 {
		return nil, &contract.InvalidError{Faults: faults}
	}
	files := make([]string, len(sources))
	for i, source := range sources {
		files[i] = source.Name
	}
	return files, nil
}

// parse reads the pipeline file; its relative paths are relative to dir.
func parse(dir string, text []byte, noSecrets bool) (*Pipeline, []contract.Fault) {
	p := defaults()
	p.Dir, p.Name = dir, folderName(dir)
	r := &reader{noSecrets: noSecrets, Reader: declaration.Reader{
		File: FileName, What: "a pipeline",
		FirstLine: "begin with a line such as: stream: {name: orders}", Another: "give each pipeline a folder of its own",
	}}
	if root, ok := r.Document(text); ok {
		r.pipeline(root, p)
	}
	slices.SortStableFunc(r.Faults, func(a, b contract.Fault) int { return a.Line - b.Line })
	return p, r.Faults
}

func folderName(dir string) string {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return filepath.Base(dir)
	}
	return filepath.Base(absolute)
}

// readContracts reads contracts/*.yaml in the order of their names.
func readContracts(dir string) ([]contract.Source, []contract.Fault, error) {
	sources, faults, err := readSources(dir, contractsDir)
	if err == nil && len(sources) == 0 && len(faults) == 0 {
		faults = append(faults, contract.Fault{
			File: contractsDir, Line: 1, Message: "the pipeline has no contract",
			Instead: "add a file such as contracts/orders.yaml; docs/contracts.md describes it",
		})
	}
	return sources, faults, err
}

// readSources reads the .yaml files of a folder in the pipeline's, in the order of their names.
func readSources(dir, folder string) ([]contract.Source, []contract.Fault, error) {
	entries, err := os.ReadDir(filepath.Join(dir, folder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, &event.Error{Code: folder + "_unreadable", Message: "the " + folder + " cannot be read", Err: err}
	}
	var sources []contract.Source
	var faults []contract.Fault
	for _, entry := range entries {
		name := entry.Name()
		file := folder + "/" + name
		switch ext := filepath.Ext(name); {
		case strings.HasPrefix(name, "."):
			continue
		case entry.IsDir() && ext == ".yaml":
			faults = append(faults, contract.Fault{
				File: file, Line: 1, Message: "this is a folder, so it would not be read", Instead: "put the file in its place, or rename the folder",
			})
			continue
		case entry.IsDir():
			continue
		case ext == ".yml":
			faults = append(faults, contract.Fault{
				File: file, Line: 1, Message: "the file's name ends with .yml, so it would not be read",
				Instead: "rename it to end with .yaml",
			})
			continue
		case ext != ".yaml":
			continue // a README, an editor's backup
		}
		// One byte more than a file may have is refused when it is compiled.
		text, err := readLimited(filepath.Join(dir, file), contract.MaxSourceBytes)
		if err != nil {
			return nil, nil, &event.Error{Code: folder + "_unreadable", Message: "the file " + file + " cannot be read", Err: err}
		}
		sources = append(sources, contract.Source{Name: file, Text: text})
	}
	return sources, faults, nil
}
