/*
 * Huge pages of Linux's, in files. Those of 2 MiB are made when a file is filled, as surplus pages,
 * as far as nobody has set some aside (Linux's Documentation/admin-guide/mm/hugetlbpage.rst,
 * nr_overcommit_hugepages): they are Linux's again as soon as the file has them no more. Those of
 * 1 GiB have to be set aside before.
 */
#pragma once

#include "ledger.h"

struct pool {
    uint64_t size;         /* of each page, in bytes */
    uint64_t node;         /* the NUMA node's number */
    char folder[PATH_MAX]; /* Linux's, for such pages */
    uint64_t raised;       /* by so many pages were set aside for this enclave */
};

/* Ends the agent where Linux has no such node, or no pages of that size. */
void pool_find(struct pool *pool, uint64_t node, uint64_t size);

/* Where files have such pages, … */
void pool_folder(char folder[PATH_MAX], uint64_t size);
/* … on a mount of our own, which stays for good: nothing is in it when no enclave is. Ends the
 * agent where it cannot be made. */
void pool_mount(char folder[PATH_MAX], uint64_t size);
/* Where a page is that this process has mapped, by /proc/self/pagemap; ends the agent where Linux
 * does not say. */
uint64_t pool_physical(int64_t pagemap, uint64_t address);

/* The size of pages for so much memory: the larger one where it is a multiple of that and so many
 * have been set aside on the node, and nobody has them. */
uint64_t pool_page_size(uint64_t node, uint64_t bytes);

/* An upper bound of how many pages Linux could give on the node. */
uint64_t pool_possible(const struct pool *pool);

/* Sets pages aside, where they have to be, until so many are free; how many are. Where that is not
 * enough none were set aside. */
uint64_t pool_reserve(struct pool *pool, uint64_t count, int ledger);
/* So many of those are no longer in the file, and need not be set aside any more. */
void pool_release(struct pool *pool, uint64_t count, int ledger);

/* Has Linux put clean pages of the node into a part of a file, where there are none; how many of
 * them it did. */
uint64_t pool_fill(const struct pool *pool, int file, uint64_t offset, uint64_t count, int ledger);

/* By how much the ledger says that the enclave's pool was raised. */
uint64_t pool_raised(const struct record *record);
/* What was set aside, once the file is gone. */
void pool_give_back(const struct record *record, int ledger);
