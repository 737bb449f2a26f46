package ops

import "context"

const (
	// reservedFiles are for the log, the listeners, outgoing requests, and
	// the ops listener, which must answer even if the public listener is full.
	reservedFiles = 32
	// filesPerDatabaseConnection also holds for SQLite.
	filesPerDatabaseConnection = 2
	// minConnections are accepted however few files can be opened.
	minConnections = 4
)

// LimitToOpenFiles limits the public listener so that files remain for a
// database pool of poolSize connections and for the ops listener. It does
// nothing on systems where the limit of open files is not known.
func (l *Listener) LimitToOpenFiles(ctx context.Context, poolSize int) {
	files, known := maxOpenFiles()
	if !known {
		return
	}
	n, enough := connectionLimit(files, poolSize)
	if !enough {
		l.logger.WarnContext(ctx, "the limit of open files is too low for a server with its database. "+fileLimitAdvice, "files", files, "connections", n)
	}
	l.Limit(n)
}

// connectionLimit returns how many connections the public listener can have if
// the process can open that many files, and whether enough files then remain
// for everything else.
func connectionLimit(files uint64, poolSize int) (n int, enough bool) {
	const most = 1 << 20
	n = int(min(files, most)) - reservedFiles - filesPerDatabaseConnection*(poolSize+1) //nolint:gosec // at most a million
	return max(n, minConnections), n >= minConnections
}
