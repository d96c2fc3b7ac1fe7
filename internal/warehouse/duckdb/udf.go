package duckdb

/*
extern void penstock_key_function(void *info, void *input, void *output);
static void *penstock_key_callback(void) { return (void *)penstock_key_function; }
*/
import "C"

import (
	"errors"
	"fmt"
	"runtime/cgo"
	"unsafe"

	bindings "github.com/duckdb/duckdb-go-bindings"
)

// The functions by which DuckDB asks the filters, 2,048 rows a call, so that a row costs no call
// into Go. All take a table's number and the hash of a key.
const (
	// newKey(table, hash, arrived): true if the key surely has not landed; it is added then.
	newKey = "_penstock_new_key"
	// suspectKey(table, hash, arrived): true if newKey was not sure of the hash in this load.
	suspectKey = "_penstock_suspect_key"
	// knownKey(table, hash, arrived): adds a key that is in the table; always true.
	knownKey = "_penstock_known_key"
)

// keyFunction is what one SQL function does with a chunk of rows.
type keyFunction func(table int64, hashes []uint64, arrived []int64, out []bool) error

// registerKeyFunction makes fn callable from SQL as name. It lives as long as the process.
func registerKeyFunction(c *conn, name string, fn keyFunction) error {
	f := bindings.CreateScalarFunction()
	defer bindings.DestroyScalarFunction(&f)
	bindings.ScalarFunctionSetName(f, name)
	for _, t := range []bindings.Type{bindings.TypeBigInt, bindings.TypeUBigInt, bindings.TypeBigInt} {
		parameter := bindings.CreateLogicalType(t)
		bindings.ScalarFunctionAddParameter(f, parameter)
		bindings.DestroyLogicalType(&parameter)
	}
	boolean := bindings.CreateLogicalType(bindings.TypeBoolean)
	bindings.ScalarFunctionSetReturnType(f, boolean)
	bindings.DestroyLogicalType(&boolean)
	// Volatile: the answer changes from row to row and must be asked for each.
	bindings.ScalarFunctionSetVolatile(f)
	handle := new(cgo.Handle)
	*handle = cgo.NewHandle(fn)
	bindings.ScalarFunctionSetExtraInfo(f, *(*unsafe.Pointer)(unsafe.Pointer(handle)), nil)
	bindings.ScalarFunctionSetFunction(f, C.penstock_key_callback())
	if bindings.RegisterScalarFunction(c.c, f) == bindings.StateError {
		return fmt.Errorf("duckdb refused the function %s", name)
	}
	return nil
}

//export penstock_key_function
func penstock_key_function(info, input, output unsafe.Pointer) {
	chunk := bindings.DataChunk{Ptr: input}
	functionInfo := bindings.FunctionInfo{Ptr: info}
	extra := bindings.ScalarFunctionGetExtraInfo(functionInfo)
	fn, ok := cgo.Handle(uintptr(extra)).Value().(keyFunction)
	if !ok {
		bindings.ScalarFunctionSetError(functionInfo, errNotKeyFunction.Error())
		return
	}
	n := int(bindings.DataChunkGetSize(chunk))
	if n == 0 {
		return
	}
	data := func(i int) unsafe.Pointer {
		return bindings.VectorGetData(bindings.DataChunkGetVector(chunk, bindings.IdxT(i)))
	}
	out := unsafe.Slice((*bool)(bindings.VectorGetData(bindings.Vector{Ptr: output})), n)
	err := fn(*(*int64)(data(0)), unsafe.Slice((*uint64)(data(1)), n), unsafe.Slice((*int64)(data(2)), n), out)
	if err != nil {
		bindings.ScalarFunctionSetError(functionInfo, err.Error())
	}
}

var errNotKeyFunction = errors.New("the function has no Go side")
