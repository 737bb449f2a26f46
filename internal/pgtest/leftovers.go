package pgtest

import (
	"os"
	"path/filepath"
	"syscall"
)

// folderPattern matches the folders of servers, and ownerFile is a file in each that
// the test process keeps locked. The kernel unlocks it when the process exits, however
// it ends.
const (
	folderPattern = "latchkey-postgres-*"
	ownerFile     = "owner"
)

// own locks the owner file of a folder for as long as this process runs. The file
// gets its name when it is locked, so that no other process finds it unlocked.
func own(folder string) (*os.File, error) {
	path := filepath.Join(folder, ownerFile)
	owner, err := os.Create(path + ".new") //nolint:gosec // in a new folder
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(owner.Fd()), syscall.LOCK_EX); err != nil { //nolint:gosec // a descriptor fits
		return nil, err
	}
	return owner, os.Rename(path+".new", path)
}

// removeLeftovers removes the folders of processes that were killed. A folder that
// another user owns, or that is just being created, stays.
func removeLeftovers(parent string) {
	folders, _ := filepath.Glob(filepath.Join(parent, folderPattern)) // the pattern is valid
	for _, folder := range folders {
		owner, err := os.OpenFile(filepath.Join(folder, ownerFile), os.O_RDWR, 0)
		if err != nil {
			continue
		}
		if syscall.Flock(int(owner.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil { //nolint:gosec // a descriptor fits
			_ = os.RemoveAll(folder) // the next run tries again
		}
		_ = owner.Close()
	}
}
