package api

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

// figure is one sample without labels.
type figure struct {
	kind       kindOf
	name, help string
	value      float64
}

// writeFigures writes them in their order.
func writeFigures(b *bytes.Buffer, list []figure) {
	for _, f := range list {
		head(b, f.kind, f.name, f.help)
		line(b, f.name, "", f.value)
	}
}

// writeRuntime writes what the Go runtime says of itself, under the names that every dashboard for Go programs knows.
func writeRuntime(b *bytes.Buffer) {
	gc := debug.GCStats{PauseQuantiles: make([]time.Duration, 5)}
	debug.ReadGCStats(&gc)
	head(b, "summary", "go_gc_duration_seconds", "Pauses of garbage collection.")
	for i, q := range []string{"0", "0.25", "0.5", "0.75", "1"} {
		line(b, "go_gc_duration_seconds", `quantile="`+q+`"`, gc.PauseQuantiles[i].Seconds())
	}
	line(b, "go_gc_duration_seconds_sum", "", gc.PauseTotal.Seconds())
	line(b, "go_gc_duration_seconds_count", "", float64(gc.NumGC))
	head(b, gauge, "go_info", "The Go release.")
	line(b, "go_info", `version="`+labelEscapes.Replace(runtime.Version())+`"`, 1)
	threads, _ := runtime.ThreadCreateProfile(nil)
	writeFigures(b, []figure{
		{gauge, "go_goroutines", "Goroutines that exist.", float64(runtime.NumGoroutine())},
		{gauge, "go_threads", "Threads created.", float64(threads)},
		{gauge, "go_sched_gomaxprocs_threads", "Threads that may run Go code at a time.", float64(runtime.GOMAXPROCS(0))},
	})
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	const prefix = "go_memstats_"
	writeFigures(b, []figure{
		{gauge, prefix + "alloc_bytes", "Bytes of live and not yet collected objects.", float64(m.Alloc)},
		{counter, prefix + "alloc_bytes_total", "Bytes allocated in all.", float64(m.TotalAlloc)},
		{gauge, prefix + "buck_hash_sys_bytes", "Bytes of the profiler's table.", float64(m.BuckHashSys)},
		{counter, prefix + "frees_total", "Objects freed.", float64(m.Frees)},
		{gauge, prefix + "gc_sys_bytes", "Bytes of the collector's own.", float64(m.GCSys)},
		{gauge, prefix + "heap_alloc_bytes", "Bytes of heap objects.", float64(m.HeapAlloc)},
		{gauge, prefix + "heap_idle_bytes", "Bytes of unused spans.", float64(m.HeapIdle)},
		{gauge, prefix + "heap_inuse_bytes", "Bytes of spans in use.", float64(m.HeapInuse)},
		{gauge, prefix + "heap_objects", "Heap objects.", float64(m.HeapObjects)},
		{gauge, prefix + "heap_released_bytes", "Bytes given back to the system.", float64(m.HeapReleased)},
		{gauge, prefix + "heap_sys_bytes", "Bytes of heap got from the system.", float64(m.HeapSys)},
		{gauge, prefix + "last_gc_time_seconds", "When a collection last ended, since 1970.", float64(m.LastGC) / 1e9},
		{counter, prefix + "mallocs_total", "Objects allocated in all.", float64(m.Mallocs)},
		{gauge, prefix + "mcache_inuse_bytes", "Bytes of mcache structures in use.", float64(m.MCacheInuse)},
		{gauge, prefix + "mcache_sys_bytes", "Bytes got for mcache structures.", float64(m.MCacheSys)},
		{gauge, prefix + "mspan_inuse_bytes", "Bytes of mspan structures in use.", float64(m.MSpanInuse)},
		{gauge, prefix + "mspan_sys_bytes", "Bytes got for mspan structures.", float64(m.MSpanSys)},
		{gauge, prefix + "next_gc_bytes", "Heap size at which the next collection begins.", float64(m.NextGC)},
		{gauge, prefix + "other_sys_bytes", "Bytes of other runtime structures.", float64(m.OtherSys)},
		{gauge, prefix + "stack_inuse_bytes", "Bytes of stacks in use.", float64(m.StackInuse)},
		{gauge, prefix + "stack_sys_bytes", "Bytes got for stacks.", float64(m.StackSys)},
		{gauge, prefix + "sys_bytes", "Bytes got from the system in all.", float64(m.Sys)},
	})
}

// ticks is the unit of times in /proc: USER_HZ, which Linux keeps at 100 for programs (proc(5)).
const ticks = 100

// writeProcess writes what Linux says of the process, as far as it can be read; proc is where /proc lies.
func writeProcess(b *bytes.Buffer, proc string) {
	if fds, err := os.ReadDir(filepath.Join(proc, "self/fd")); err == nil {
		writeFigures(b, []figure{{gauge, "process_open_fds", "Open file descriptors.", float64(len(fds))}})
	}
	if soft, ok := afterWord(filepath.Join(proc, "self/limits"), "Max open files"); ok {
		writeFigures(b, []figure{{gauge, "process_max_fds", "File descriptors that may be open.", soft}})
	}
	stat, err := os.ReadFile(filepath.Join(proc, "self/stat"))
	if err != nil {
		return
	}
	fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:])) // the name before it may hold anything
	const state, utime, stime, starttime, vsize, rss = 3, 14, 15, 22, 23, 24  // as proc(5) numbers them
	if len(fields) <= rss-state {
		return
	}
	field := func(n int) float64 {
		v, _ := strconv.ParseFloat(fields[n-state], 64) // the kernel's own number
		return v
	}
	writeFigures(b, []figure{
		{counter, "process_cpu_seconds_total", "User and system time spent.", (field(utime) + field(stime)) / ticks},
		{gauge, "process_virtual_memory_bytes", "Virtual memory.", field(vsize)},
		{gauge, "process_resident_memory_bytes", "Resident memory.", field(rss) * float64(os.Getpagesize())},
	})
	if boot, ok := afterWord(filepath.Join(proc, "stat"), "btime"); ok {
		writeFigures(b, []figure{{gauge, "process_start_time_seconds", "When the process began, since 1970.", boot + field(starttime)/ticks}})
	}
}

// afterWord reads the number that follows a word at the beginning of a line.
func afterWord(file, word string) (float64, bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, false
	}
	for l := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(l, word); ok && len(strings.Fields(rest)) > 0 {
			v, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return v, err == nil
		}
	}
	return 0, false
}
