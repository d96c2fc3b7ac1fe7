package lambda

import (
	"os"
	"strconv"
	"time"
)

// environment is what Lambda sets for a function's process (Developer Guide, "Defined runtime environment
// variables"), and PATH and HOME.
func environment(cfg Config, c code, api string, started time.Time, id string) []string {
	env := []string{
		"_HANDLER=" + c.handler,
		"AWS_LAMBDA_RUNTIME_API=" + api,
		"LAMBDA_TASK_ROOT=" + c.root,
		"LAMBDA_RUNTIME_DIR=/var/runtime",
		"AWS_REGION=" + cfg.Region,
		"AWS_DEFAULT_REGION=" + cfg.Region,
		"AWS_EXECUTION_ENV=AWS_Lambda_" + c.runtime,
		"AWS_LAMBDA_FUNCTION_NAME=" + cfg.Name,
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE=" + strconv.Itoa(cfg.MemoryMB),
		"AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
		"AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/" + cfg.Name,
		"AWS_LAMBDA_LOG_STREAM_NAME=" + started.UTC().Format("2006/01/02/[$LATEST]") + id,
		"TZ=:UTC", "LANG=en_US.UTF-8",
	}
	for _, name := range []string{"PATH", "HOME"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	return append(env, cfg.Env...)
}
