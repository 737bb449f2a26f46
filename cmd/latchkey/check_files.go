package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/seed-e6a88a41/latchkey/internal/livecheck"
	"github.com/seed-e6a88a41/latchkey/internal/settings"
)

// checkFiles checks which users can read and write the files of the server.
func (c *command) checkFiles(add addFinding) {
	var databases []string
	folders := []string{c.config.Data}
	if !c.config.postgres() {
		databases = append(databases, c.config.path(), c.config.path()+"-wal", c.config.path()+"-shm")
		if folder := filepath.Dir(c.config.path()); folder != filepath.Clean(c.config.Data) {
			folders = append(folders, folder)
		}
	}
	secrets := append(c.masterKeyPaths(), c.secretFiles()...)
	for i, path := range append(secrets, databases...) {
		mode, open := openToOthers(path)
		if !open {
			continue
		}
		advice := fmt.Sprintf("Run: chmod %o %s", mode, path)
		if info, err := os.Stat(path); err == nil && i < len(secrets) && ownedByRoot(info) {
			// The server of another user would not be able to read a file of root with mode 600.
			advice = fmt.Sprintf("Run: chown root:GROUP %[1]s && chmod 640 %[1]s, where GROUP is a group of the user that runs the server. If that is root, run: chmod 600 %[1]s", path)
		}
		add("LK006", livecheck.Error, "Other users of this machine can read or write %s, which contains secrets. %s", path, advice)
	}
	for _, path := range folders {
		// A user who can write to a folder can replace the files in it.
		if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o022 != 0 && info.Mode()&os.ModeSticky == 0 {
			add("LK017", livecheck.Error, "Other users of this machine can replace the files in %s. Run: chmod go-w %s", path, path)
		}
	}
	if path := c.configFile; path != "" {
		if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o022 != 0 {
			add("LK018", livecheck.Error, "Other users of this machine can change the settings in %s. Run: chmod go-w %s", path, path)
		}
	}
}

// openToOthers reports whether other users can read or write a file, and returns the mode that it
// should have.
func openToOthers(path string) (mode fs.FileMode, open bool) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, false
	}
	others, mode := fs.FileMode(0o077), fs.FileMode(0o600)
	if readByGroup(info) {
		others, mode = 0o037, 0o640
	}
	return mode, info.Mode().Perm()&others != 0
}

// secretFiles returns the files that contain a secret: those that the environment or the
// configuration file names, the key of the TLS certificate, and the configuration file if it
// contains one.
func (c *command) secretFiles() (files []string) {
	values, err := readConfigFile(c.configFile)
	inConfig := c.config.hasSecret
	files = append(files, c.config.secretPaths...)
	for i := range c.config.LoginProviders {
		if path := os.Getenv(secretVariable(c.config.LoginProviders[i].Name) + "_FILE"); path != "" {
			files = append(files, path)
		}
	}
	for _, s := range settings.Of(c.config) {
		if path := os.Getenv(fileVariable(s)); fileVariable(s) != "" && path != "" {
			files = append(files, path)
		}
		if s.Sensitive && err == nil && hasPassword(values.String(s.Key)) {
			inConfig = true
		}
	}
	if inConfig {
		files = append(files, c.configFile)
	}
	if c.config.TLSKey != "" {
		files = append(files, c.config.TLSKey)
	}
	return files
}
