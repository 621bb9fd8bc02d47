@NullMarked
package dev.diver.deploy.vm;

import org.jspecify.annotations.NullMarked;
