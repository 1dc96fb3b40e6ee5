//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package tidemark

import (
	"os"
	"syscall"
)

// lockFile holds path until the process ends or unlock is called. A second
// holder, in this process or another, is refused.
func lockFile(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, err
	}
	return func() { f.Close() }, nil
}
