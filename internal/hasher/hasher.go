// Package hasher computes argon2id keys in a process of their own. One key takes 19 MiB and keeps a
// processor busy for tens of milliseconds. In the process of a server, the goroutines of other
// requests would wait for that processor, and for the garbage collections that the memory causes.
package hasher

import (
	"cmp"
	"errors"
	"io"
	"log/slog"
	"net/rpc"
	"os/exec"
	"runtime/debug"
	"sync"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/seed-e6a88a41/latchkey/internal/crash"
)

// A Password is what a key is computed from. The fields are the arguments of argon2.IDKey.
type Password struct {
	Text, Salt   []byte
	Time, Memory uint32
	Threads      uint8
	KeyLength    uint32
}

func (p *Password) key() []byte {
	return argon2.IDKey(p.Text, p.Salt, p.Time, p.Memory, p.Threads, p.KeyLength)
}

// Argon2 has the method that Process calls.
type Argon2 struct{}

// Key computes the key of a password.
func (Argon2) Key(p Password, key *[]byte) error {
	*key = p.key()
	return nil
}

// garbage limits the memory of finished computations to a tenth of that of the running ones. The
// heap contains little else, so that collecting it is cheap.
const garbage = 10

// Serve computes keys for the Process at the other end of the connection, several at the same time
// and with a lower priority than that of the server. It returns when the other end closes the
// connection.
func Serve(conn io.ReadWriteCloser) error {
	lowerPriority()
	debug.SetGCPercent(garbage)
	server := rpc.NewServer()
	if err := server.Register(Argon2{}); err != nil {
		return err
	}
	server.ServeConn(conn)
	return nil
}

// longest is how long the other process can take for a key, and to end: about 20 ms if a processor is idle. The
// server must have time to compute the key itself before it has to answer, and to end before it is killed.
const longest = 10 * time.Second

// pause is the time between two starts of the process.
const pause = 10 * time.Second

// A Process computes keys in another process. It starts the process at the first key, and again if
// it ends. If the process cannot be started, or does not answer, this process computes the keys:
// other requests wait longer, but the result is the same.
type Process struct {
	// Command returns the command that starts a process that calls Serve with its standard input
	// and output.
	Command func() (*exec.Cmd, error)
	Logger  *slog.Logger

	mu      sync.Mutex
	running *running  // nil if there is no process
	blocked time.Time // no process is started before this time
	closed  bool

	longest time.Duration // for tests; 0 means the constant
}

// running is a process that was started.
type running struct {
	*rpc.Client
	command *exec.Cmd
	ended   chan struct{} // closed when the process has ended
}

// Key is argon2.IDKey in the other process.
func (p *Process) Key(text, salt []byte, passes, memory uint32, threads uint8, keyLength uint32) []byte {
	password := Password{Text: text, Salt: salt, Time: passes, Memory: memory, Threads: threads, KeyLength: keyLength}
	process, err := p.start()
	if process == nil {
		p.warn(err)
		return password.key()
	}
	timeout := time.AfterFunc(cmp.Or(p.longest, longest), func() {
		defer crash.Log(p.Logger)
		p.drop(process, errors.New("it did not answer in time"))
	})
	defer timeout.Stop()
	var key []byte
	if err = process.Call("Argon2.Key", password, &key); err == nil && len(key) != int(keyLength) {
		err = errors.New("its key has a wrong length")
	}
	if err != nil {
		p.drop(process, err)
		return password.key()
	}
	return key
}

// warn logs why this process computes keys.
func (p *Process) warn(err error) {
	if err != nil {
		p.Logger.Warn("the process that hashes passwords failed, so the server hashes them itself until that process is started again", "error", err)
	}
}

// start returns the process, which it starts if necessary. It returns nil if there is none, and an
// error if it could not be started now.
func (p *Process) start() (*running, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running != nil || p.closed || time.Now().Before(p.blocked) {
		return p.running, nil
	}
	p.blocked = time.Now().Add(pause)
	command, err := p.Command()
	if err != nil {
		return nil, err
	}
	r := &running{command: command, ended: make(chan struct{})}
	in, err := r.command.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := r.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := r.command.Start(); err != nil {
		return nil, err
	}
	r.Client = rpc.NewClient(Pipes{out, in})
	go func() {
		defer crash.Log(p.Logger)
		defer close(r.ended)
		_ = r.command.Wait() // Key reports that the process has ended
	}()
	p.running = r
	return r, nil
}

// drop kills a process that failed, and logs the reason once. Keys that it was computing for others
// are computed here.
func (p *Process) drop(r *running, reason error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running == r {
		p.running = nil
		_ = r.command.Process.Kill() // it may have ended
		p.warn(reason)
	}
}

// Close ends the process, and kills it if it does not end. Later keys are computed in this process.
func (p *Process) Close() {
	p.mu.Lock()
	r := p.running
	p.running, p.closed = nil, true
	p.mu.Unlock()
	if r != nil {
		_ = r.Close() // it ends because its standard input ends
		kill := time.AfterFunc(cmp.Or(p.longest, longest), func() {
			defer crash.Log(p.Logger)
			_ = r.command.Process.Kill() // it may have ended
		})
		defer kill.Stop()
		<-r.ended
	}
}

// Pipes is the connection between the two processes: standard input and output, or their other ends.
type Pipes struct {
	io.ReadCloser
	io.WriteCloser
}

// Close closes the end for writing, so that the other process reads the end of the file.
func (p Pipes) Close() error { return p.WriteCloser.Close() }
