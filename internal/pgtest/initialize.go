package pgtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// first is a cluster whose server never starts. The servers of this process are copies of
// it, because initdb takes ten times as long as a copy.
var first struct {
	sync.Mutex
	copied  bool
	cluster *Server
}

// CopyClusters makes all further servers of this process copies of one cluster. The caller
// must call remove at the end.
func CopyClusters() (remove func()) {
	first.Lock()
	defer first.Unlock()
	first.copied = true
	return func() {
		first.Lock()
		defer first.Unlock()
		if c := first.cluster; c != nil {
			_ = os.RemoveAll(filepath.Dir(c.data))
			_ = c.lock.Close()
			c.release()
		}
		first.copied, first.cluster = false, nil
	}
}

// initialize creates the cluster of a server.
func (s *Server) initialize(parent string) error {
	first.Lock()
	defer first.Unlock()
	if !first.copied {
		return s.initdb()
	}
	if first.cluster == nil {
		c, err := newServer(parent)
		if err == nil {
			err = c.initdb()
		}
		if err != nil {
			return err
		}
		first.cluster = c
	}
	cp, err := exec.LookPath("cp")
	if err != nil {
		return err
	}
	cmd := s.run("", "-R", "-p", first.cluster.data, s.data)
	cmd.Path, cmd.Args[0] = cp, cp
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("copying an empty cluster: %w: %s", err, out)
	}
	return nil
}

func (s *Server) initdb() error {
	out, err := s.run("initdb", "-D", s.data, "-U", "latchkey", "-A", "trust", "-E", "UTF8", "--no-sync").CombinedOutput()
	if err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	return nil
}
