/* SPDX-License-Identifier: Apache-2.0 */
/* files.h - the folder that a run leaves behind. Every file appears complete or not at all. */
#ifndef TSP_FILES_H
#define TSP_FILES_H
#include "tsp_image.h"

/* Creates a folder and those above it. */
tsp_status tsp_folder_make(const char *path, tsp_error *err);

/* Writes text and a newline to <folder>/<name>. */
tsp_status tsp_file_write(const char *folder, const char *name, const char *text, tsp_error *err);

/* <folder>/program.tsp and its listing program.s. */
tsp_status tsp_program_write(const char *folder, const tsp_image *image, tsp_error *err);

#endif
