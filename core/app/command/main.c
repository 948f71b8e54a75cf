/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Where the command begins. Everything is in hvn-cli.c and the files of the subcommands. */
#include "hvn-cli.h"

#include <signal.h>

int
main(int argc, char **argv)
{
    /* a peer that hangs up is an error of its socket, not the end of the process: libslirp's send() would raise the signal */
    signal(SIGPIPE, SIG_IGN);
    return hvn_cli_main(argc, argv);
}
