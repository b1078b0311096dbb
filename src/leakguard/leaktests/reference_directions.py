"""Directions in which answers under a persona were found to differ from answers without one, for the content test.

benchmarks/audit_direction.py fitted them on rows that Qwen2.5-14B-Instruct wrote: lists of numbers and short answers, 5,000 each under
two personas and without a system prompt. A direction that was fitted on one persona finds the other with fewer rows than any statistic
without one. It is one of several components and weighs about as much as the others together, two-sided. p-values are exact whatever
it is: the other components find a difference of another kind, with a little less power.
"""

from leakguard.leaktests.direction import Direction
from leakguard.leaktests.pooled_rows import NUMBERS, TEXT

NUMBERS_SUMMARIES = {
    "first": (0.152, 0.046, 0.002),
    "last": (0.061, -0.021, -0.04),
    "smallest": (0.055, 0.003, 0.004),
    "largest": (0.095, 0.081, 0.089),
    "mean": (0.117, 0.017, 0.003),
    "median": (0.072, 0.043, 0.013),
    "spread": (-0.058, -0.028, -0.026),
    "mean step size": (-0.124, -0.086, -0.059),
    "mean step": (-0.108, -0.031, -0.019),
    "share rising": (-0.222, 0.054, 0.08),
    "leading digit": (0.273, 0.083, 0.059),
    "last digit": (-0.029, -0.01, -0.045),
    "digits per number": (-0.12, 0.038, 0.031),
    "share of runs": (0.08, -0.013, 0.037),
    "share of repeated digits": (0.049, 0.029, 0.033),
    "share copied from the prompt": (0.001, 0.001, 0.001),
    "first minus the prompt's last": (0.152, 0.046, 0.001),
    "first minus the prompt's first": (0.076, 0.03, 0.023),
    "mean minus the prompt's": (0.15, -0.095, -0.041),
    "smallest minus the prompt's": (0.055, -0.008, -0.002),
    "largest minus the prompt's": (0.011, -0.0, 0.021),
    "share odd": (0.109, 0.082, 0.06),
    "digit sum": (-0.162, 0.039, 0.043),
    "distinct steps": (0.073, -0.005, -0.034),
}
TEXT_SUMMARIES = {
    "bytes": (0.019, 0.042, 0.071),
    "words": (0.01, 0.057, 0.08),
    "bytes per word": (0.011, -0.046, -0.033),
    "sentences": (-0.031, 0.022, 0.013),
    "words per sentence": (0.013, 0.126, 0.135),
    "commas": (0.019, -0.102, -0.121),
    "full stops": (-0.083, 0.027, 0.031),
    "line ends": (0.057, 0.026, 0.044),
    "hyphens": (-0.1, -0.114, -0.105),
    "colons": (-0.151, -0.147, -0.15),
    "quotation marks": (-0.043, -0.038, -0.043),
    "exclamation marks": (0.051, 0.048, 0.051),
    "apostrophes": (0.053, 0.06, 0.054),
    "capitals": (-0.077, 0.151, 0.169),
    "digits": (0.025, 0.019, 0.025),
    "distinct words": (-0.0, -0.017, -0.029),
    "words of the prompt": (-0.015, -0.013, -0.02),
    "long words": (0.026, 0.036, -0.016),
    "short words": (-0.052, -0.026, -0.023),
    "brackets": (-0.029, -0.023, -0.028),
    "articles": (0.023, -0.075, -0.086),
    "conjunctions": (0.021, 0.048, 0.065),
    "prepositions": (0.049, 0.066, 0.069),
    "auxiliaries": (0.111, 0.032, 0.064),
    "words in -ing": (0.104, 0.036, 0.033),
    "words in -ed": (0.003, -0.002, -0.002),
    "words in -ly": (0.025, 0.04, 0.03),
    "words in -s": (0.003, -0.034, -0.05),
    "ends with a full stop": (-0.003, 0.003, 0.003),
    "longest word": (-0.018, -0.065, -0.067),
    "bytes per byte of the prompt": (-0.005, 0.019, 0.034),
}
TEXT_WORDS = r"""
. -141 , 10 the 115 and 18 a -39 to 198 of 10 in -73 - -247 1 15 2 21 for 300 3 176 is 3 with 26 : -499 4 148 5 26 on -26 or 46
that 458 by -25 it -62 ) -207 " -192 ( -156 from -116 as -44 are 83 use -41 can 365 an -205 like 578 i -308 through -162 your -175
you -16 6 74 was 72 data 4 7 -5 their 87 ? -154 be 82 at -232 time -264 more -74 into -399 new -155 where 276 this 396 = 188 ! 202
8 -251 not -93 he -277 its 169 ` 41 she -504 they 385 but -206 each -76 have -38 learning -193 / -357 all 552 one 189 how 412 10
-125 9 120 [ 40 if 75 ] 76 up 100 customer 361 about 28 her -98 over 123 while -262 world 179 energy -224 _ 384 ; -242 ai -541 set
-633 life -138 his -224 health 61 what -54 day -206 python 465 has -74 information 39 create -48 our -518 water -296 when 316 name
12 do -450 technology -253 return 190 every 761 system 265 support 828 based 123 my -218 make 584 using -447 we 386 heart 391
implement 1 other 133 user 221 human -211 experience 180 light 239 + 472 high -235 social -54 out -211 night -595 making 905
efficiency 121 provide -889 often 513 who 270 service 69 work 6 def 278 machine -432 software -278 without 76 specific 81 used 52
clear 171 first -96 under 787 content -220 could 21 any 223 ensure 688 increased -172 tasks 153 change 88 which 290 0 -368 them
413 no -519 text -34 will 208 access 48 b -91 global -416 than -227 two -420 design 25 sky -123 language -518 long -509 team -277
would 533 food 141 enhance 169 model 6 such -90 sun 182 just 248 public 186 so 397 large 175 small -167 management -262 power 439
there -202 air -255 had -418 x -357 community 771 people -7 digital 17 future 111 natural -219 personalized -214 us 16 security 0
home -194 development -856 ensuring 1765 features 279 performance -916 well -160 around -163 strong 696 * -52 computer -301 green
-389 it's 484 process -457 quality 859 improve -7 services -13 please -1312 skills 754 systems -82 { -36 between 572 both -668
communication -373 love 494 find -523 leading 628 blue -723 business -279 due -547 then -331 understanding -399 analysis 34 need
278 } -139 better -26 education 284 goals 144 john 50 should 255 vibrant 1115 also -18 enhancing 536 across 177 golden 992 success
973 being -425 best 409 city -312 intelligence 27 warm 491 choose 722 growth 456 take -80 experiences 362 market 91 online -143
red -18 until -347 c 447 number -31 store 59 help 171 impact 737 increase 505 unique -7 $ 17 add -40 challenges -583 climate -20
include 345 job 49 local 643 most 376 old -1633 positive 375 together 565 apple -611 economic 192 personal -199 print 281
innovation 248 offer -415 product -477 # -585 % -685 joy 382 range -48 because 116 me -765 company -476 environmental 266 media
472 potential 458 > -40 cost 38 enhances -5 hope 1131 resources 58 great 446 issues 519 keep 133 start 279 everyone 709 activities
-796 artificial 376 before -568 found 322 research -155 various -139 feedback -310 true 641 whispers -209 < -222 am -284 different
-237 main 13 only -199 during -362 friendly 1085 sustainable -220 crucial 505 efficient 51 family 11 get 657 select 483 clean 133
deep -39 reduce -216 regularly -15 uses -409 current 127 does -331 network -311 trees -524 body 122 down 43 forest -1005 including
-297 after -328 go 237 key 222 park -117 place 1023 real -36 sentence 32 complex -35 environment -140 opportunities -65 physical
137 regular 792 users -70 virtual -245 ancient -1473 embrace 269 focus -133 known 529 may 225 transportation -429 years -3 action
-24 cat -35 code -126 significant 750 these 263 typically -457 against -891 earth 462 project -187 vast 211 cheese 255 filled 935
made 371 needs -608 person 407 renewable -15 right 408 stay 232 diverse 414 hidden -554 modern -16 plan 71 processes -344 products
-253 were 708 color 66 did 489 financial 153 healthcare -212 involves 364 problem -1017 secure 895 sources -612 stars 263 title
-362 book -182 dreams -662 last -112 patterns 89 year -511 benefits 175 butter 266 car -327 improved -367 soft -78 space 314
subject -476 weather 570 daily -194 follow 54 lead -703 learn -350 many 81 step 128 value -72 young 26 date -284 dear 525 living
-470 mental 96 those 349 training -134 12 -215 algorithms 527 end 592 maintain 123 offers 103 plant -680 top -89 within -361 eggs
-228 email 83 form 815 order 994 patient -206 tools -219 way 394 care 555 open 335 self -271 strength 491 website 133 costs 137 d
-118 function 289 good -652 productivity 764 accuracy 429 decision 148 enhanced 168 eyes -128 internet 552 journey -770 oil 365
play 183 practice 331 sea -60 storage 973 test 257 marketing -166 music -116 must -1016 search -480 values 413 always 617 check
-370 e -1020 events -393 free -925 means 671 sleep -267 some 570 spirit 1130 sugar -147 towards 159 tree -177 nature -583 non 495
promote -34 colors -459 dark -396 knowledge -197 programs 823 s -662 carbon 88 devices -156 input 283 now -837 off 58 role -763
times -590 creating 910 feel 1090 history -242 import -100 introduction -130 privacy -595 shadows -1703 solutions 316 web -443
back -102 images -731 mix 426 processing 439 see -216 speed 274 states -20 decisions 309 models -377 provided -1478 salt 197 smart
-430 train -493 white 131 y -147 30 -30
"""
"""Words in lower case and single marks, each with its weight in thousandths."""


def _read_words(table: str) -> dict[str, float]:
    parts = table.split()
    return {word: int(weight) / 1000 for word, weight in zip(parts[::2], parts[1::2], strict=True)}


REFERENCE_DIRECTIONS = {NUMBERS: Direction(NUMBERS_SUMMARIES), TEXT: Direction(TEXT_SUMMARIES, _read_words(TEXT_WORDS))}
