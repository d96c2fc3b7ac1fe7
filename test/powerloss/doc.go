// Package powerloss shows what a power loss would leave of a program's files.
//
// Killing a process proves nothing about fsync, because the kernel keeps what was written. Record
// runs a command and notes every write, rename and fsync of it and of its children; at each Moment
// of the recording Rebuild makes the folder anew as a disk would have it after losing power then,
// when nothing survives but what was fsynced. A test then opens that folder and compares it with what the
// program had promised by that moment, which is its standard output.
//
// The model is stricter than any real file system:
//
//   - A write survives when an fsync, fdatasync, syncfs or sync that began after the write ended has
//     ended too, or when the file was opened with O_SYNC or O_DSYNC.
//   - A new name, a rename, a removed name survives when the folder it is in was fsynced in the same
//     way. An fsync of the file does not keep its name, and one of a folder does not keep the
//     content of the files in it. A rename between two folders is two changes, one in each.
//   - Everything that was in the folder when Record began survives.
//
// With Cut.Seed some of what was not synced survives all the same, as it may on a real disk: any
// subset of the writes, some torn at a page, and of each folder's changes the first few.
//
// Shared writable mappings, hard links and copies inside the kernel into the folder are refused:
// the model does not know them.
package powerloss
