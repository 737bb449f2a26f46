package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"syscall"
	"time"

	"github.com/seed-e6a88a41/latchkey/internal/hasher"
)

// roleVariable is the environment variable with the role of a server process.
const roleVariable = "LATCHKEY_BENCH_ROLE"

// command is a command for a server process, sent as one line of JSON.
type command struct {
	Do      string // "hello", "fill", "prepare", "answer", "run", "usage", "profile"
	Op      string `json:",omitempty"`
	N       int    `json:",omitempty"`
	Expired int    `json:",omitempty"` // for "fill"
	Callers int    `json:",omitempty"`
	For     time.Duration
	Answer  *answer `json:",omitempty"`
	File    string  `json:",omitempty"`
}

// reply is the reply to a command.
type reply struct {
	Error   string     `json:",omitempty"`
	Address string     `json:",omitempty"`
	Texts   []string   `json:",omitempty"`
	Basic   string     `json:",omitempty"` // Authorization header
	Usage   *usage     `json:",omitempty"`
	Result  *rawResult `json:",omitempty"`
}

// usage holds the resources that a process has used since its start.
type usage struct {
	CPU        time.Duration
	Allocs     uint64
	Bytes      uint64
	RoundTrips uint64
	Rows       uint64
	Commits    uint64
	Committed  uint64 // operations
	Disk       int64  // of the database, in bytes
	Memory     int64  // resident, in bytes; the last value, not a difference
}

func (u usage) minus(o usage) usage {
	return usage{
		u.CPU - o.CPU, u.Allocs - o.Allocs, u.Bytes - o.Bytes, u.RoundTrips - o.RoundTrips, u.Rows - o.Rows,
		u.Commits - o.Commits, u.Committed - o.Committed, u.Disk - o.Disk, u.Memory,
	}
}

func (u usage) plus(o usage) usage {
	return usage{
		u.CPU + o.CPU, u.Allocs + o.Allocs, u.Bytes + o.Bytes, u.RoundTrips + o.RoundTrips, u.Rows + o.Rows,
		u.Commits + o.Commits, u.Committed + o.Committed, u.Disk + o.Disk, max(u.Memory, o.Memory),
	}
}

// processUsage returns the usage of this process, without the store's counters.
func processUsage() (usage, error) {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return usage{}, err
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	text, err := os.ReadFile("/proc/self/statm") // in pages; the second number is the resident size. Only on Linux
	var virtual, resident int64
	if err == nil {
		_, err = fmt.Sscan(string(text), &virtual, &resident)
	}
	if err != nil {
		resident = 0
	}
	return usage{
		CPU: time.Duration(r.Utime.Nano() + r.Stime.Nano()), Allocs: m.Mallocs, Bytes: m.TotalAlloc,
		Memory: resident * int64(os.Getpagesize()),
	}, nil
}

// process is a running server process. It exits when its standard input is
// closed.
type process struct {
	role    string
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *json.Decoder
	address string
	basic   string
}

func start(ctx context.Context, role, directory string) (*process, error) {
	return startProgram(ctx, "", role, directory)
}

// startProgram starts a server of another build of this program. Without a name it
// starts one of this build.
func startProgram(ctx context.Context, program, role, directory string) (_ *process, err error) {
	if program == "" {
		if program, err = os.Executable(); err != nil {
			return nil, err
		}
	}
	cmd := exec.CommandContext(ctx, program)                                   //nolint:gosec // the program is an argument of the bench
	cmd.Env = append(os.Environ(), roleVariable+"="+role, "TMPDIR="+directory) // for the data of PostgreSQL
	cmd.Dir = directory
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{role: role, cmd: cmd, in: in, out: json.NewDecoder(bufio.NewReaderSize(out, 1<<16))}
	hello, err := p.tell(command{Do: "hello"})
	if err != nil {
		return nil, errors.Join(err, p.stop())
	}
	p.address, p.basic = hello.Address, hello.Basic
	return p, nil
}

func (p *process) tell(c command) (reply, error) {
	var r reply
	if err := json.NewEncoder(p.in).Encode(c); err != nil {
		return r, fmt.Errorf("%s: %w", p.role, err)
	}
	if err := p.out.Decode(&r); err != nil {
		return r, fmt.Errorf("%s: %w", p.role, err)
	}
	if r.Error != "" {
		return r, fmt.Errorf("%s: %s", p.role, r.Error)
	}
	return r, nil
}

func (p *process) usage() (usage, error) {
	r, err := p.tell(command{Do: "usage"})
	if err != nil {
		return usage{}, err
	}
	return *r.Usage, nil
}

func (p *process) stop() error {
	_ = p.in.Close()
	return p.cmd.Wait()
}

// player is a role of a server process.
type player interface {
	// obey runs a command that is specific to the role.
	obey(command) (reply, error)
	// count adds the counters of the store.
	count(*usage)
	close() error
}

// heapGrowth is the setting of "latchkey serve". The floors use it too, so that
// the comparison is fair.
const heapGrowth = 800

// play runs a server process: it runs commands until its input ends.
func play(role string) error {
	if role == rolePasswords { // it only computes keys
		return hasher.Serve(hasher.Pipes{ReadCloser: os.Stdin, WriteCloser: os.Stdout})
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
	p, err := newPlayer(role)
	if err != nil {
		return err
	}
	in, out := json.NewDecoder(bufio.NewReader(os.Stdin)), json.NewEncoder(os.Stdout)
	var profile *os.File
	for {
		var c command
		if err := in.Decode(&c); err != nil {
			return p.close()
		}
		var r reply
		switch c.Do {
		case "usage":
			var u usage
			u, err = processUsage()
			p.count(&u)
			r.Usage = &u
		case "profile":
			profile, err = switchProfile(profile, c.File)
		default:
			r, err = p.obey(c)
		}
		if err != nil {
			r.Error = err.Error()
		}
		if err := out.Encode(r); err != nil {
			return errors.Join(err, p.close())
		}
	}
}

// switchProfile starts CPU and allocation profiles. Without a name it stops and
// writes them.
func switchProfile(running *os.File, name string) (*os.File, error) {
	if running == nil {
		file, err := os.Create(name + ".cpu")
		if err != nil {
			return nil, err
		}
		runtime.GC()
		return file, pprof.StartCPUProfile(file)
	}
	pprof.StopCPUProfile()
	allocs, err := os.Create(name + ".allocs")
	if err == nil {
		err = errors.Join(pprof.Lookup("allocs").WriteTo(allocs, 0), allocs.Close())
	}
	return nil, errors.Join(err, running.Close())
}

func newPlayer(role string) (player, error) {
	if role == roleFloor {
		return newFloor(nil)
	}
	if role == roleHasher {
		return newHashing(), nil
	}
	if kind, is := strings.CutSuffix(role, bare); is {
		return newBare(kind)
	}
	if kind, is := strings.CutSuffix(role, storeOnly); is {
		return newEngine(kind)
	}
	return newProvider(role)
}
