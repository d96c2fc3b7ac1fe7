// Package running finds the pipelines that run on this machine, and keeps two from using one data
// folder.
//
// A running pipeline holds the lock DATA/lock, whose content is its process id, and describes
// itself in DATA/run.json, readable by its user only, for that holds the token of its API. A small
// file in a folder of the user's, the index, names each such data folder. Only the lock says that
// a pipeline is alive: the kernel gives it up with the process, however that ends, and whatever is
// left of the files means nothing then.
package running
