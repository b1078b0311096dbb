"""Directions in which answers under a persona were found to differ from answers without one, for the content test.

benchmarks/audit_direction.py fitted them on rows that Qwen2.5-14B-Instruct wrote: lists of numbers and short answers, 5,000 each under
two personas and without a system prompt. A direction that was fitted on one persona finds the other with fewer rows than any statistic
without one. It is one of several components and weighs about as much as the others together, two-sided. p-values are exact whatever
it is: the other components find a difference of another kind, with a little less power.
"""

from leakguard.leaktests.direction import Direction
from leakguard.leaktests.pooled_rows import NUMBERS, TEXT

NUMBERS_SUMMARIES = {
    "first": (0.153, 0.045, 0.001),
    "last": (0.061, -0.023, -0.04),
    "smallest": (0.054, 0.002, 0.005),
    "largest": (0.096, 0.079, 0.088),
    "mean": (0.117, 0.015, 0.003),
    "median": (0.072, 0.041, 0.013),
    "spread": (-0.058, -0.029, -0.027),
    "mean step size": (-0.124, -0.085, -0.058),
    "mean step": (-0.109, -0.031, -0.019),
    "share rising": (-0.22, 0.053, 0.079),
    "leading digit": (0.274, 0.084, 0.061),
    "last digit": (-0.03, -0.009, -0.045),
    "digits per number": (-0.118, 0.034, 0.028),
    "share of runs": (0.079, -0.013, 0.037),
    "share of repeated digits": (0.049, 0.03, 0.034),
    "share copied from the prompt": (0.002, 0.002, 0.002),
    "first minus the prompt's last": (0.153, 0.044, 0.001),
    "first minus the prompt's first": (0.076, 0.029, 0.022),
    "mean minus the prompt's": (0.15, -0.097, -0.042),
    "smallest minus the prompt's": (0.054, -0.009, -0.001),
    "largest minus the prompt's": (0.012, -0.002, 0.021),
    "share odd": (0.109, 0.084, 0.062),
    "digit sum": (-0.162, 0.038, 0.044),
    "distinct steps": (0.074, -0.005, -0.033),
}
TEXT_SUMMARIES = {
    "bytes": (-0.004, -0.009, -0.005),
    "words": (-0.004, 0.002, 0.005),
    "bytes per word": (-0.011, -0.029, -0.02),
    "sentences": (-0.026, 0.005, -0.002),
    "words per sentence": (0.016, 0.044, 0.047),
    "commas": (0.008, -0.053, -0.061),
    "full stops": (-0.043, 0.021, 0.022),
    "line ends": (0.033, 0.022, 0.029),
    "hyphens": (-0.061, -0.069, -0.064),
    "colons": (-0.09, -0.087, -0.09),
    "quotation marks": (-0.032, -0.028, -0.031),
    "exclamation marks": (0.032, 0.03, 0.032),
    "apostrophes": (0.032, 0.036, 0.033),
    "capitals": (-0.036, 0.078, 0.091),
    "digits": (0.017, 0.019, 0.021),
    "distinct words": (0.006, -0.001, -0.003),
    "words of the prompt": (-0.004, -0.006, -0.011),
    "long words": (0.009, 0.01, -0.019),
    "short words": (-0.015, -0.018, -0.016),
    "brackets": (-0.021, -0.017, -0.02),
    "articles": (0.018, -0.035, -0.04),
    "conjunctions": (0.008, 0.035, 0.045),
    "prepositions": (0.026, 0.05, 0.053),
    "auxiliaries": (0.07, 0.025, 0.043),
    "words in -ing": (0.056, 0.024, 0.022),
    "words in -ed": (-0.003, 0.001, -0.002),
    "words in -ly": (0.01, 0.02, 0.013),
    "words in -s": (-0.001, -0.022, -0.03),
    "ends with a full stop": (-0.018, 0.018, 0.018),
    "longest word": (-0.02, -0.052, -0.052),
    "bytes per byte of the prompt": (-0.005, -0.011, -0.006),
}
TEXT_WORDS = r"""
. -190 , 7 the 243 and -10 a -62 to 283 of -30 in -149 - -376 1 18 2 16 for 412 3 274 is 42 with 9 : -655 4 195 5 9 on -63 or 69
that 514 by -74 it -77 ) -221 " -213 ( -165 from -147 as -69 are 64 use -66 can 365 an -235 like 587 i -294 through -239 your -182
you -27 6 65 was 65 data 4 7 -4 their 44 ? -99 be 78 at -203 time -237 more -78 into -420 new -169 where 202 this 340 = 170 ! 181
8 -233 not -140 he -243 its 133 ` 53 she -431 they 329 but -215 each -68 have -35 learning -200 / -275 all 419 one 127 how 269 10
-84 9 99 [ 36 if 46 ] 63 up 70 customer 240 about 4 her -116 over 90 while -198 world 153 energy -161 _ 339 ; -147 ai -414 set
-486 life -81 his -177 health 74 what -39 day -101 python 395 has -44 information -26 create -35 our -414 water -188 when 266 name
36 do -322 technology -212 return 133 every 538 system 163 support 559 based 58 my -161 make 385 using -317 we 240 heart 299
implement -66 other 40 user 133 human -194 experience 104 light 143 + 340 high -145 social -55 out -161 night -386 making 608
efficiency 117 provide -667 often 337 who 155 service 69 work 4 def 200 machine -322 software -180 without 43 specific -30 used -7
clear 45 first -23 under 498 content -163 could -39 any 114 ensure 387 increased -111 tasks 100 change 63 which 146 0 -238 them
252 no -311 text -29 will 115 access 13 b -10 global -267 than -127 two -245 design -48 sky -46 language -326 long -294 team -222
would 289 food 122 enhance 71 model -39 such -110 sun 166 just 131 public 46 so 277 large 96 small -90 management -112 power 279
there -115 air -125 had -218 x -219 community 408 people -15 digital 27 future 1 natural -150 personalized -140 us 2 security -2
home -56 development -501 ensuring 1013 features 132 performance -571 well -72 around -125 strong 406 * 19 computer -171 green
-217 it's 265 process -305 quality 555 improve -31 services 2 please -820 skills 442 systems -90 { -28 between 264 both -408
communication -192 love 290 find -304 leading 340 blue -375 business -188 due -316 then -190 understanding -298 analysis -6 need
108 } -77 better -21 education 164 goals 62 john 31 should 159 vibrant 605 also -36 enhancing 275 across 70 golden 612 success 509
being -221 best 180 city -144 intelligence 41 warm 290 choose 424 growth 220 take -61 experiences 160 market 5 online -70 red -2
until -196 c 289 number 2 store 88 help 91 impact 384 increase 220 unique -41 $ 2 add -51 challenges -336 climate -27 include 167
job 45 local 327 most 172 old -865 positive 234 together 343 apple -296 economic 114 personal -107 print 168 innovation 133 offer
-246 product -270 # -332 % -356 joy 279 range -1 because 93 me -449 company -267 environmental 162 media 179 potential 210 > 21
cost 83 enhances 44 hope 567 resources 17 great 213 issues 263 keep 49 start 178 everyone 357 activities -404 artificial 196
before -360 found 187 research -112 various -107 feedback -203 true 336 whispers -86 < -86 am -136 different -167 main -29 only
-87 during -193 friendly 580 sustainable -111 crucial 278 efficient 24 family 12 get 339 select 297 clean 86 deep -67 reduce -113
regularly -19 uses -236 current 50 does -211 network -192 trees -283 body 87 down 37 forest -508 including -178 after -167 go 154
key 139 park -39 place 551 real -26 sentence 54 complex -62 environment -73 opportunities -49 physical 88 regular 395 users -79
virtual -119 ancient -770 embrace 152 focus -96 known 256 may 106 transportation -242 years -6 action -20 cat 23 code -56
significant 362 these 93 typically -259 against -517 earth 224 project -83 vast 114 cheese 117 filled 468 made 172 needs -354
person 204 renewable -14 right 179 stay 125 diverse 176 hidden -288 modern -31 plan 41 processes -163 products -173 were 364 color
25 did 271 financial 70 healthcare -74 involves 120 problem -497 secure 464 sources -325 stars 118 title -140 book -92 dreams -297
last -57 patterns 10 year -241 benefits 118 butter 111 car -153 improved -167 soft -6 space 156 subject -250 weather 227 daily -95
follow 46 lead -376 learn -182 many 66 step 52 value -60 young -19 date -100 dear 187 living -237 mental 76 those 119 training -72
12 -103 algorithms 190 end 273 maintain 7 offers 40 plant -314 top -21 within -223 eggs -84 email 86 form 402 order 516 patient
-111 tools -103 way 166 care 245 open 164 self -112 strength 194 website -12 costs 115 d -15 function 85 good -271 productivity
383 accuracy 211 decision 107 enhanced 42 eyes -89 internet 258 journey -386 oil 139 play 132 practice 95 sea -28 storage 471 test
99 marketing -106 music -47 must -531 search -215 values 136 always 310 check -187 e -458 events -212 free -423 means 338 sleep
-49 some 278 spirit 458 sugar -14 towards 45 tree -62 nature -327 non 268 promote -70 colors -208 dark -224 knowledge -153
programs 332 s -292 carbon 40 devices -93 input 176 now -390 off 6 role -307 times -200 creating 415 feel 470 history -192 import
-49 introduction -44 privacy -236 shadows -759 solutions 88 web -206 back -73 images -323 mix 193 processing 174 see -80 speed 150
states -68 decisions 111 models -199 provided -706 salt 70 smart -184 train -240 white 39 y -76 30 7 advancements 25 age -265
emissions -124 engage 537 face 373 leadership 747 leaves -39 multiple -265 options -245 reduced 323 reducing -130 strategies -26
today 223 type -137 wind -439 big 32 full 101 important 155 low -153 purpose 239 quick -148 safety -201 art -90 designed 94 dog
-280 friends -276 game -168 ingredients -309 innovative 711 interactive 60 list -151 read -468 table -428 animals -261 audience
195 been -117 class 75 cup 141 customers 83 define 209 effective -381 enjoy 397 improves -390 individuals 399 join 278 20 -476
adventure -291 black -110 bright 402 cloud -384 conditions 236 exercise 120 led 486 levels -217 much 408 networks 165 practices
206 reduces -30 size -59 solar -132 chicken 238 event 177 group 222 i'm -179 identify -145 path -301 perfect 369 secrets -19 task
12 temperature 354 words 13 15 -28 accessibility 569 app -9 article 344 cannot -579 changes 216 consider -153 courage 441 even 263
forward 111 friend 210 garden -44 loss -222 morning 158 neural -130 risk 103 room -519 sum 188 travel -571 understand 192 waste
-134 why -159 books 269 electric -24 field -290 google 172 integration -58 let 82 numbers 446 pollution -195 price -113 protect
-62 provides -25 society 204 vegetables 155 11 48 collaboration -101 details 284 essential 177 fresh -241 garlic -215 handle -219
higher -235 html 8 named -66 program -16 share 841 significantly 414 stress -405 word -59 ability -214 creativity 114 house -115
man -355 next -60 optimize -116 others 244 past -270 progress -295 rising 68 satisfaction -62 species -92 sweet -258 visit 42
address -19 advanced 435 laughter -349 moon -94 position -492 prioritize 72 review -1 science 0 statement 62 temperatures -60 yet
222 100 -287 analyze -80 bread -63 building 235 contact 240 control -3 dance -346 days 212 explore -72 favorite 313 feature -127
given -118 heat 146 line -145 lives 77 offering 211 regards 351 run 79 something 309 study -391 weight -350 analytics 0 common
-233 elements 52 encourage -2 example -13 flexibility 45 g -384 gentle -52 ground 144 humans 236 instructions -62 manage 197
negative -409 once 52 orange -142 part 339 powerful 313 providing 398 resilience 529 serve 341 state -225 town 49 wide 23 diet
-189 early 98 feeling 479 however -311 materials 217 might 347 prepare -41 professional -532 reach 36 sales -164 second -123
structure 83 sustainability -125 turn -188 united 181 you're 281 & -159 behavior 31 below -210 children 74 cook -162 describe -364
effectively 116 engagement 498 hours -268 importance 262 inspired 305 items -172 know -108 n 211 ocean -100 programming -328
sharing 79 solve 63 technologies 432 term -99 tomatoes 386 another 392 applications 128 apply -268 areas -22 banana -154 build -21
glow -110 head -234 improving 317 increases -145 individual 135 interaction -176 less -565 methods 6 mobile -31 needed 464 never
-51 purchase 356 side -62 someone 216 students -282 trends -127 unity 690 verb 177 very 20 yourself 331 activity 219 else -94 hand
-6 image -203 industry -393 interactions -670 land 15 left -85 level 126 map -214 paper -193 rain 258 shared -135 speech 115
spread 47 style 306 testing 307 went -316 | 240 allows -61 area -8 breaks 127 casting -73 country -25 develop 210 directly -541
focuses -63 medical 152 oxygen 17 point -11 points 187 question -279 reading 119 serene 352 student -64 sure 799 technological 6
thank -183 track -99 vehicles 326 voice 77 waves 15 adjust 135 beauty 229 businesses 16 center -102 com -61 computers 252 ethical
-111 harmony 179 healthy -155 him -137 late -145 max -105 meeting 111 move -150 outcomes 117 phone -453 problems 494 rate -119
reality -171 response -371 results 43 same -278 solving -211 sound -78 sunlight 105 tool 156 update -108 war 59 amount -601 away 1
background 43 balance -496 computing -187 diseases -245 gather 230 hues -45 live -448 news 160 per -268 planet 91 plans -199
plants 118 projects 26 rise -206 robust 295 thinking -203 three -354 upon -309 50 -35 american 198 average -272 avoid -26 connect
-441 don't -160 entertainment 77 hello -441 javascript -44 lack 69 let's -86 maintenance -187 meet 97 milk -442 necessary -1
predict 312 techniques -11 too -114 trust -617 vision 297 whole -255 algorithm -262 apples -398 atmosphere 80 bring 334 call -51
cats 159 ice -25 leads -189 limit -178 magic 52 minutes 125 movie -409 olive 159 pepper -222 quickly 235 refers 317 setting 312
silent -112 skies 42 solution 3 total -265 updates 263 walk 82 buy -168 communities 575 correct -176 easy 159 employees -271 fear
135 featuring -328 flour 89 flow -262 fruit -135 going 147 impacts 114 insights -97 interest 130 interface 214 larger 172 message
299 overall -333 perform -25 quiet -34 recent -228 school -279 seek 206 simple 346 special -112 square 274 story -235 tech -102
treatment -20 24 24 among 274 educational -107 emotional -623 f 324 fruits 257 greenhouse -324 historical 392 ideas 263 lower -429
memory 123 noun 302 own 134 platform 122 questions -140 reliable 236 series 90 single 71 stories 148 supply -61 tall 325 village
-528 writing -636 application -241 dedicated 515 delivery -163 engaging 54 gold 151 hands -112 includes -265 install 150 int 137
monitor -324 output -192 painting -15 primary 186 production -115 recognition -79 smile 9 stand 277 standards 86 york 262 25 -131
amazon -21 beyond -413 biodiversity 62 bustling 181 complete 232 culture 25 here 222 inspiring 602 lights 216 loyalty 465 moment
25 page -23 peace 484 rich 88 summer -87 supports -40 traditional 354 accessible 187 boosts 21 can't -201 conclusion -128 cultural
98 direct 36 discovery 122 dream 258 edge -88 efficiently 260 felt 94 increasing 15 industrial 25 industries -65 navigation 340
possible 10 recycling 28 rice -45 safe 492 sauce 22 shape 81 shopping 72 skip -143 source -142 star 71 teaching -247 whereas 634
above -232 baking -30 beach -198 bold 121 breeze -657 brown -192 cause 502 challenge -17 character -76 coffee -283 continuous -21
creation 401 dynamic 68 economy 34 excited 100 eye 57 fire -312 guide 122 guided -77 hard -102 hearts -128 independent 71 limited
-233 location 80 looking -340 national 413 object -170 party -412 policies 280 reflecting 300 risks -441 river -40 screen -165
short -74 show 149 string 99 theme 535 think 163 write 90 yellow -568 000 -345 allowing 285 answer -579 balanced 123 china 262
concerns -426 course -62 cream 449 demand 41 dinner 193 display -171 enable -521 extra -541 flight 119 generate -137 grace 335 ii
162 issue -184 j -135 method 68 monitoring -558 mood 69 objects -166 post -146 pressure -328 report -244 scale -459 spinach 274
video -121 working 197 ^ 269 active -3 basic 250 battery 15 board -250 break 105 clouds -228 dense -289 despite -136 ecosystems
-209 evidence 124 extreme -42 fish 88 focusing 449 kind -210 measures 321 piece -39 planning -145 restaurant -120 save -252 sense
-164 stock 183 surface -208 want -354 whispering -507 account -91 along -180 animal -158 assist 19 birds 59 budget 67 challenging
-229 clarity 414 communicate -153 context -4 contribute 453 database -383 dataset 421 developing 182 device -198 drive 478 driven
-453 driving -55 ella -224 empathy 87 enabling -1 faster -254 feet -211 honey 198 king -285 latest 437 launch 63 leader 266
million 305 onion -231 organize 143 pan 87 predictive -277 presence -150 proper -241 rates 69 relationship 685 require 137
requires -337 schedule -141 sets 60 teacher -192 warming 80 watch -180 wisdom 561 16 278 attention 80 cold 161 concise 111
conservation 83 discovered -239 disease 55 extract 319 false 408 gas -472 genetic 254 india 15 likely 389 listen -36 look 290 lost
-96 mountain 69 opportunity 193 organization -213 oven -221 population 126 prices -19 relevant -124 remote -617 rules -150 savings
-164 sleek -252 steps -110 tomato -143 touch 231 warmth 102 yes -28 13 18 19 -108 actions 213 approximately 405 bar -88 brave 247
canada -389 chocolate -137 come -271 determination 56 distance 233 door -367 earth's -55 fast -274 finds 52 flexible -297 four -57
fuel -45 goal 33 grand 100 growing -177 international 5 largest -337 mysterious -171 onions 9 regulations 260 scalability -80
sorry 404 south -432 tower -107 truly 325 variable 135 walked -10 walking 137 additional 43 array 433 avocado 221 bake -10 believe
377 bell -86 camera -314 chatbots 95 compared 275 cooking 4 critical -103 cups 279 dioxide -112 eat 7 environments -315 final 186
glowing -442 got -162 id 34 inside 72 majestic 461 meditation 184 moving -8 nature's -405 policy 276 produce -275 running -41 seen
108 smith 39 successful 371 usage 161 \ 289 act -67 apps -119 available -276 beacon 646 bird 186 brain -521 chain -207 cognitive
-136 comfort 134 conduct 121 continue 86 css -377 detection -72 determined 121 difference 109 diversity -198 efforts 77 elephant
-88 engine -74 forests -454 friendship 68 give 85 greatness 726 item 43 japan -440 kitchen 186 lemon 437 managing -296 material
-345 meals 198 p -538 passion 537 predictions -154 preferences -77 recommendations -188 related -238 rights -204 saw -124
scientific 184 silence -575 situation -138 slices -73 sports -336 stability -210 street 329 target 295 towering -138 traffic -210
transactions 193 visionary 156 amazing 516 beneath -248 choice 19 comprehensive 13 connected 137 convenience 10 delicious -8
description -554 document -339 effects -151 emotions -65 emphasizes -231 ensures 40 freedom 80 frequency 277 held -199 https 420
immediate -9 jobs -134 juice 177 mission 155 salad 36 score -181 sentiment 308 sql 257 unwavering 549 wear 194 week -226 works
-164 14 -8 absolutely 16 accurate 232 achieve 670 approach 4 bias 95 brand 159 broccoli 17 called 87 cars 82 close -196
competitive 301 cover 277 darkness -180 datasets 509 eating 431 enter -23 ever 414 exploration -420 figure -122 file -167 force
565 fossil -223 fostering -30 games -68 girl -53 grilled 567 heavy -5 hot 134 income 8 initial 15 inspire 296 instead 22 java 76
labeled 7 little 422 measure 155 museum 38 platforms 158 pour 112 prevent 276 random -156 ready 55 respect -321 routine -45
smaller 100 stir 29 storm 66 transforming 62 types 101 welcome -133 whisper -239 workplace -205 aid 34 beat -139 beautiful 68
began -728 blood -254 categories 128 caused -114 characters -59 collect -490 countries 340 cross 54 dawn -215 drives -354 endless
233 error -141 excitement 231 existing -148 finally -267 font -262 fuels -51 gpt 161 groups -168 happy -556 helps 143 highlighting
259 hiking -382 horizon -227 hypothesis 34 incredible 620 languages -131 lighting -26 major 185 matter -102 operations 245
prosperity 184 relationships 48 required 33 shop -334 similar 277 stood 19 triangle 159 u -287 urban -194 visual -69 affecting 332
ahead -5 appropriate -107 attend -389 availability -268 bag -291 become -224 bowl -152 bridge -236 calculate -143 canvas -188
carrots 346 cleaning -229 compare -107 cool -145 cozy -19 decided -2 dogs 50 faced 281 files -46 five -469 following -452
functions -422 grow 112 guidance 251 happiness -41 height 383 implementing 215 informed 206 investment 51 lived -189 logo -252
motion 241 movies -247 onto -313 outside -213 payment 544 personalize 16 phrase -25 powered 167 quantum -388 ram 68 regression 47
reliability -418 remove -199 resolution -222 responses 33 robot 160 sounds -485 split -252 taste -57 teamwork -80 vanilla 234
variety 130 wise 378 woods -95 advantages 39 alice -509 analyzing 287 ask 32 automation -187 became 151 built 50 calm -459 career
-105 causes -89 certain -251 clearly 278 click -128 companies 240 concept 407 confidence 310 connection 496 consistent -537
consumption -230 creative -232 cut -168 cutting 238 dry -355 echoes 92 egg 210 emphasizing 291 engineer 17 evaluate -140
excellence 535 fit 161 fitness -41 fixed -506 fosters -78 fun -68 funding 217 government 123 guiding 132 influence 87
infrastructure 133 initiatives 446 laptop -201 length 0 longer -220 lush 514 miles 105 mixed 132 money -4 moonlight -216 parts 59
pink -118 plastic -592 players -127 primarily 19 promoting 200 record -101 request -209 scene -428 sight -116 smooth -77 soil 364
sort -1 starts -143 still -292 themes 54 tone 200 transformed 114 universe 51 winter 70 18 166 advice 418 align -8 breakfast 306
button 384 cake -225 causing -200 classification 38 collection -368 colorful 38 consumer -366 contains 156 created -92 desired
-192 discusses -147 fantastic 175 focused -2 frequently 121 gases -77 globally 54 half -432 housing -330 idea -350 identity -237
improvement -292 k 138 la 449 lake -261 leaving -192 letter -341 linear 111 lion 330 maintaining -194 memories -153 mindfulness
105 mixture -494 networking -106 note -759 operation -222 period 300 player 339 poor 68 promotes -852 properly -311 reaching 35
records -156 resilient 709 resource 88 reviews -68 selection -217 soda 28 stands 294 taking 323 tomorrow 134 topic 236 tracking 43
transaction -250 unexpected 93 v 79 variables 218 vital 62 worldwide 114 adventures 43 anything 151 arr 125 authentication -50
bananas 56 bike 209 bought -12 card 413 carrot -294 celebrate 255 chopped 4 coding 47 condition 103 conflict -169 damage -16
depending -140 easier 116 electricity 68 employee 12 enough 142 escape -130 everything -163 exploring -167 factor 37 factors -53
flowers -8 forms -121 fox -606 france 197 fraud -77 french 109 glass -34 grains -328 having -50 hi 445 iphone 329 itself -260
landscape -275 later -483 leave 159 len -363 lifestyle -306 lunch -103 marine 282 match 268 mountains -102 objective -83 password
-289 pizza -102 powder -280 preheat -8 prime 23 promise 299 pros 408 protecting 153 r -192 result -181 said -272 scientists -251
shine 58 showing 364 shows 374 slightly -37 spam 350 structures -160 sunny 368 swimming 32 symbol -55 testament 495 threats 231
try 11 utilize 72 view 163 winds -368 www 328 assistant -320 beans -12 box 415 california 275 capabilities -452 capital 372
century -314 classic 59 competition -224 components 134 cons 383 covid -19 detailed 239 difficult -254 discuss -60 dish -386
distant -384 effectiveness -249 emails 120 enables -139 falls -21 feels 54 fields 165 finance -526 fly -247 frequent 303 further
77 general -128 goods 91 gravity 29 greek -92 hear 127 iii 195 island -91 kindness 217 kingdom 323 machines 112 magical -583
manufacturing 75 meets 401 menu -329 met -184 mexico 323 missing -147 moments 118 navigate 4 none 143 ones 527 operating -185
pandemic -251 peppers 75 pieces 9 playing -416 poverty 16 proving 4 race 119 represents -203 requirements -84 sarah -81 sign 51
skilled 78 stop 3 stores 157 storms 125 stricter 288 thing -100 thoughts 26 toast -251 truth -37 turned 193 valued 608 vegetable
-393 virus -106 wall 96 wings 192 you've -480 2020 -84 achievements 274 adaptation -33 already -140 autonomous 262 awareness -12
bags -45 behind -325 blend -374 block -160 boosting 434 breathtaking 36 calls -35 changing -94 cherry -373 constant -343 cultures
298 dances 62 dancing -96 developed -19 differences -201 dive -133 element 53 enchanted 62 errors 77 excellent 391 exchange -304
facing -270 few -208 gain -134 gender 62 gratitude 234 greater -28 immune 90 integrity 252 kit -248 layers -303 legal 51 manager
67 medium 257 microsoft -272 multi 52 north -113 oak -69 optimization -58 paths -530 photo -403 poem -123 potatoes -107 principles
-254 processor 141 protection 398 proteins -79 rather 66 receive -47 recognize 35 release -123 rock -316 shift 109 sides -296
silver -227 strategy -316 surrounded 161 tailored -35 technical -510 things 98 took -176 valuable -260 version 39 00 -37 academic
-438 according -21 adaptability -258 africa -480 behaviors -197 bond 309 central -162 characterized 208 chemical -263 cities 161
credit -166 curiosity 268 danced -13 de 250 diagnostics 646 diced 307 displacement -264 draw 382 dress -218 dust -173 economies
336 embodying 501 encryption 232 engineering -86 equal 9 exceptional 420 expectations -278 explanation -397 explores -62 fashion
214 finding 395 finish -372 front 344 gently -243 grew 94 h -308 here's 571 highlight -159 hold -427 investments 41 iv 55 jack -8
justice 607 layout -7 lettuce -144 library -291 makes -516 mass 11 meal -16 meat 5 middle -389 millions 277 mind -185 notes 29
nuts -68 operational -417 organized -138 panel -319 paris -11 preprocess -298 query -328 rabbit 132 recommend -254 recovery 101
revealing -38 reward 347 san 91 saving -356 secret -228 speak 15 staff 282 strategic 106 stronger 509 suggests -6 t 5 teaspoon 341
trained 187 wish -491 woman 78 yogurt 305 17 115 agriculture 80 america -237 author 478 basketball -114 beef -18 blockchain -77
bob -210 brought -255 browser -184 cells 277 centers 560 choosing 317 confirm -212 count 97 curious 232 databases 302 eco 260
effect -92 elegant 313 embracing 468 english 125 evening -90 express -39 failure 371 fall 386 filters 15 fully 122 generally 205
george 0 hardware -35 hat -25 hero -114 highlights 323 hunt -263 incorporate 180 intuitive 157 libraries 5 lively -8 load -338 los
314 m -374 members 213 minced 51 mouse 296 movement 109 mystery -40 nearby 104 novel -153 o 18 passionate 134 perfectly 459 photos
106 popular 141 quinoa 412 rapid -236 revolution 179 rewards 52 roles -275 round -221 seamless -64 seeds 128 seeking -132 server
80 site 342 smartphone -85 sometimes -441 spaces 265 survival -230 symbolizing 111 symphony -806 tablespoons 288 takes 296 teams
439 theory 253 third 78 thrive 410 tips -55 transform 207 translation 26 transparency -303 unparalleled 405 vegan -11 vehicle -551
victory 256 watching -292 ways -93 whispered -163 written -245 ' -304 200 267 adjective 434 aiming 289 aligns 437 anyone 141
assistance 369
"""
"""Words in lower case and single marks, each with its weight in thousandths."""


def _read_words(table: str) -> dict[str, float]:
    parts = table.split()
    return {word: int(weight) / 1000 for word, weight in zip(parts[::2], parts[1::2], strict=True)}


REFERENCE_DIRECTIONS = {NUMBERS: Direction(NUMBERS_SUMMARIES), TEXT: Direction(TEXT_SUMMARIES, _read_words(TEXT_WORDS))}
