package dev.diver.kernels.remote;

import java.util.Locale;

/** What a search can be narrowed to. Where several values are given, a kernel needs all of them. */
public enum SearchFilter {
  TAG,
  /** A mode that it supports. */
  MODE,
  /** An architecture, as uname prints it. */
  ARCH,
  /** The boot protocol. */
  BOOT,
  /** Linux system calls that it handles itself. */
  HANDLES,
  /** What apps it runs. */
  ABI,
  /** A language that apps for it are written in. */
  LANGUAGE,
  /** A hypervisor that it runs on. */
  HYPERVISOR;

  /** Its name in the catalog's API. */
  public String parameter() {
    return name().toLowerCase(Locale.ROOT);
  }
}
