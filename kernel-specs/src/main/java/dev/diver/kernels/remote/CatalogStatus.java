package dev.diver.kernels.remote;

/**
 * A catalog's word about itself.
 *
 * @param name of the server program
 * @param version of the server program
 * @param kernels how many it lists
 */
public record CatalogStatus(String name, String version, long kernels) {}
