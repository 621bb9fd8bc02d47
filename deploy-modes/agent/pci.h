/* PCI devices: taken from Linux's driver, described to a co-kernel, given back. */
#pragma once

#include <diver/enclave.h>

#include "ledger.h"

/*
 * Ends the agent with the reason where Linux does not have the device or could not do without it: a
 * bridge, one of several in an IOMMU group, the node's only network card or the one that its
 * default route goes by, a disk with something mounted or swapped to. What Linux uses a device for
 * beyond that cannot be seen.
 */
void pci_check(const char *address);

/* Takes it from its driver, and keeps others from it; the ledger says so before. */
void pci_take(const char *address, int ledger);

/* As Linux knows it. */
struct diver_device pci_describe(const char *address);

/* Stops what the device may still do to memory, and lets Linux have it, with the driver that it
 * had. False if its driver does not take it. */
bool pci_give_back(const struct taken_device *device, int ledger);
