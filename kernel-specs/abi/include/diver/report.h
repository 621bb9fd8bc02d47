/* The report of a run: JSON lines that a kernel writes and Diver reads. */
#pragma once

/* "abi" in the report's first event. It grows when an event changes in a way old readers misread.
 */
#define DIVER_REPORT_VERSION 1
